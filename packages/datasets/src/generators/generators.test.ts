import { OptionError } from '@unroll/backend';
import { manualSeed, randomStream } from '@unroll/tensor';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { addingMeanMse, addingProblem } from './adding.ts';
import { agreement, agreementWords } from './agreement.ts';
import type { UniformStream } from './draw.ts';
import {
  middleWord,
  middleWordForwardAccuracy,
  middleWordVerbs,
  middleWordWords,
} from './middle-word.ts';
import { personPhone, personPhoneWords } from './person-phone.ts';

beforeEach(() => manualSeed(5));

const seed = fc.nat(2 ** 31);

/** Draws with the stream of a seed. */
function from<T>(value: number, draw: (stream: UniformStream) => T): T {
  manualSeed(value);
  return draw(randomStream('data'));
}

const many = <T>(count: number, draw: (stream: UniformStream) => T): T[] => {
  const stream = randomStream('many');
  return Array.from({ length: count }, () => draw(stream));
};

/** The share of `right` in n draws is within five standard deviations of `p`. */
function expectShare(right: readonly boolean[], p: number): void {
  const n = right.length;
  const share = right.filter(Boolean).length / n;
  expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
}

describe('addingProblem', () => {
  test('marks one step of each half, and asks for the sum of what stands there', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 2, max: 60 }), (value, length) => {
        const { input, target } = from(value, (stream) => addingProblem({ length }, stream));
        expect(input).toHaveLength(length);
        const steps = input.flatMap(([, marker], step) => (marker === 1 ? [step] : []));
        const half = Math.floor(length / 2);
        expect(steps).toHaveLength(2);
        expect(steps[0]).toBeLessThan(half);
        expect(steps[1]).toBeGreaterThanOrEqual(half);
        expect(target).toBe(input[steps[0]][0] + input[steps[1]][0]);
        for (const [x, marker] of input) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThan(1);
          expect([0, 1]).toContain(marker);
        }
      }),
    );
  });

  test('answering 1 costs a sixth', () => {
    const errors = many(20_000, (s) => (addingProblem({ length: 4 }, s).target - 1) ** 2);
    const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length;
    // Var (S − 1)² = 7/180 for S the sum of two uniform values: E (S − 1)⁴ = 1/15, less 1/36.
    expect(Math.abs(mean - addingMeanMse)).toBeLessThan(5 * Math.sqrt(7 / 180 / errors.length));
  });

  test('every step of a half is marked equally often', () => {
    const marked = many(3000, (s) => addingProblem({ length: 7 }, s).input.map(([, m]) => m === 1));
    for (let step = 0; step < 7; step++) {
      expectShare(
        marked.map((steps) => steps[step]),
        step < 3 ? 1 / 3 : 1 / 4,
      );
    }
  });
});

describe('personPhone', () => {
  const words = (ids: readonly number[]) => ids.map((id) => personPhoneWords[id]);

  test('asks for the name or the number that was said last', () => {
    const options = fc.record({ distance: fc.nat(30), earlier: fc.nat(3) });
    fc.assert(
      fc.property(seed, options, (value, { distance, earlier }) => {
        const { input, target } = from(value, (s) => personPhone({ distance, earlier }, s));
        const said = words(input);
        expect(said).toHaveLength(2 * (earlier + 1) + distance + 1);
        const names = said.filter((word) => /^[A-Z]/.test(word));
        const numbers = said.filter((word) => /^\d$/.test(word));
        expect([names.length, numbers.length]).toEqual([earlier + 1, earlier + 1]);
        const last = said.at(-1) === 'who?' ? names.at(-1) : numbers.at(-1);
        expect(personPhoneWords[target]).toBe(last);
        const lastNumber = said.findLastIndex((word) => /^\d$/.test(word));
        expect(said.length - 1 - lastNumber).toBe(distance + 1);
      }),
    );
  });

  test('asks for both equally often, and every answer is equally likely', () => {
    const answers = many(4000, (s) => personPhoneWords[personPhone({ distance: 0 }, s).target]);
    for (const name of ['Ada', 'Dan']) {
      expectShare(
        answers.map((answer) => answer === name),
        1 / 8,
      );
    }
    for (const digit of ['0', '9']) {
      expectShare(
        answers.map((answer) => answer === digit),
        1 / 20,
      );
    }
  });
});

describe('agreement', () => {
  const plural = (word: string) => /s$|ren$/.test(word);

  test('the verb has the number of the first noun', () => {
    fc.assert(
      fc.property(seed, fc.nat(30), (value, distance) => {
        const { input, target } = from(value, (s) => agreement({ distance }, s));
        const [the, subject, ...between] = input.map((id) => agreementWords[id]);
        expect(the).toBe('the');
        expect(between).toHaveLength(distance);
        expect(agreementWords[target]).toBe(plural(subject) ? 'were' : 'was');
      }),
    );
  });

  test('the nearest noun is no better than a coin', () => {
    const agrees = many(4000, (stream) => {
      const { input, target } = agreement({ distance: 6 }, stream);
      return plural(agreementWords[input[input.length - 1]]) === (target === 1);
    });
    expectShare(agrees, 1 / 2);
  });
});

describe('middleWord', () => {
  test('the first word decides the form, the last word the verb', () => {
    const stems: Readonly<Record<string, string>> = {
      bread: 'eat',
      water: 'drink',
      books: 'read',
      songs: 'sing',
    };
    fc.assert(
      fc.property(seed, fc.nat(20), (value, half) => {
        const length = 2 * half + 3;
        const { input, target } = from(value, (s) => middleWord({ length }, s));
        const words = input.map((id) => middleWordWords[id]);
        expect(words).toHaveLength(length);
        expect(words.indexOf('___')).toBe((length - 1) / 2);
        const ending = ['he', 'she'].includes(words[0]) ? 's' : '';
        expect(middleWordVerbs[target]).toBe(stems[words[length - 1]] + ending);
      }),
    );
  });

  test('who has read only up to the gap is right once in four times at best', () => {
    expect(middleWordForwardAccuracy).toBe(0.25);
    const drawn = many(4000, (s) => middleWord({ length: 5 }, s));
    const she = drawn.filter(({ input }) => middleWordWords[input[0]] === 'she');
    for (const verb of ['eats', 'drinks', 'reads', 'sings']) {
      expectShare(
        she.map(({ target }) => middleWordVerbs[target] === verb),
        middleWordForwardAccuracy,
      );
    }
  });
});

describe('every generator', () => {
  const all: Readonly<Record<string, (s: UniformStream) => unknown>> = {
    addingProblem: (s: UniformStream) => addingProblem({ length: 9 }, s),
    personPhone: (s: UniformStream) => personPhone({ distance: 9 }, s),
    agreement: (s: UniformStream) => agreement({ distance: 9 }, s),
    middleWord: (s: UniformStream) => middleWord({ length: 9 }, s),
  };

  test.each(Object.entries(all))('%s draws the same from the same seed', (_name, draw) => {
    expect(from(3, draw)).toEqual(from(3, draw));
    expect(from(4, draw)).not.toEqual(from(3, draw));
  });

  test.each([
    ['addingProblem', (n: number) => addingProblem({ length: n }, randomStream('x')), 1, 2],
    ['personPhone', (n: number) => personPhone({ distance: n }, randomStream('x')), -1, 0],
    ['agreement', (n: number) => agreement({ distance: n }, randomStream('x')), -1, 0],
    ['middleWord', (n: number) => middleWord({ length: n }, randomStream('x')), 1, 3],
  ])('%s says what sizes it takes', (name, draw, short, min) => {
    const words = `must be a whole number of at least ${min}; got`;
    expect(() => draw(short)).toThrow(new RegExp(`${name}: \\w+ ${words} ${short}`));
    expect(() => draw(min + 0.5)).toThrow(OptionError);
  });

  test('a sentence without a middle is refused', () => {
    expect(() => middleWord({ length: 4 }, randomStream('x'))).toThrow(/must be odd/);
  });
});
