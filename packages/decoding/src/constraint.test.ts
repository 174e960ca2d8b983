import { DataError, OptionError } from '@unroll/backend';
import { full, manualSeed, type Tensor } from '@unroll/tensor';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Constraint, oneOf } from './constraint.ts';
import { generate } from './generate.ts';
import { matching } from './pattern/matching.ts';
import { sampler } from './sampler.ts';

beforeEach(() => manualSeed(8));

const letters = ['a', 'b', 'c', ''];

/** Every text of letters up to a length that a constraint lets end. */
function textsOf<S>(
  { start, allowed, next, canEnd }: Constraint<S>,
  tokens: readonly string[],
  most: number,
) {
  const out = new Set<string>();
  const walk = (state: S, text: string) => {
    if (canEnd(state)) out.add(text);
    for (const id of allowed(state)) {
      if (text.length + tokens[id].length <= most) walk(next(state, id), text + tokens[id]);
    }
  };
  walk(start, '');
  return out;
}

function allTexts(most: number): string[] {
  if (most === 0) return [''];
  const shorter = allTexts(most - 1);
  const longest = shorter.filter(({ length }) => length === most - 1);
  return [...shorter, ...longest.flatMap((text) => ['a', 'b', 'c'].map((x) => text + x))];
}

/** A uniform model over so many classes. */
const uniform = (classes: number) => ({
  forward: (ids: Tensor) => ({ output: full([1, ids.shape[1], classes], 0), state: 0 }),
});

async function collect(ids: AsyncIterable<number>): Promise<number[]> {
  const out: number[] = [];
  for await (const id of ids) out.push(id);
  return out;
}

describe('a pattern', () => {
  test('allows exactly the texts that JavaScript matches', () => {
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '[a-c]', '(?:)'),
        fc.tuple(tie('tree'), tie('tree')).map(([x, y]) => `${x}${y}`),
        fc.tuple(tie('tree'), tie('tree')).map(([x, y]) => `(${x}|${y})`),
        fc
          .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}'))
          .map(([x, n]) => `(?:${x})${n}`),
      ),
    }));
    const texts = allTexts(4);
    fc.assert(
      fc.property(tree, (source) => {
        const expected = texts.filter((text) => new RegExp(`^(?:${source})$`, 'u').test(text));
        expect([...textsOf(matching(source, letters), letters, 4)].sort()).toEqual(expected.sort());
      }),
      { numRuns: 150, seed: 3 },
    );
  });

  test('is followed over tokens of several characters, and leads nowhere that has no end', () => {
    const tokens = ['ab', 'a', 'ba', 'x'];
    const found = matching(/ab*|abaxc/, tokens);
    // 'abax' would go on with 'c', which no token is.
    expect([...textsOf(found, tokens, 9)].sort()).toEqual(['a', 'ab']);
  });

  test('makes a model that knows nothing write dates', async () => {
    const tokens = Array.from('0123456789-x');
    const constraint = matching(/20\d\d-(0[1-9]|1[0-2])/, tokens);
    for (let run = 0; run < 20; run++) {
      const ids = await collect(generate(uniform(12), { prompt: [11], constraint, length: 20 }));
      expect(ids.map((id) => tokens[id]).join('')).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
    }
  });

  test('outside the subset, broken, or without a text that tokens can make is refused', () => {
    for (const source of [
      'a(?=b)',
      '^a',
      'a$',
      'a**',
      'a*?',
      '[b-a]',
      '(a',
      'a)',
      '\\1',
      '\\q',
      '[a',
      'a\\',
      'a{2,1}',
      'a{x',
      '+',
    ]) {
      expect(() => matching(source, letters), source).toThrow(OptionError);
    }
    expect(() => matching(/a/i, letters)).toThrow("no flags but u; got 'i'");
    expect(() => matching(/ad/, letters)).toThrow(DataError);
  });
});

describe('one of some lists', () => {
  test('is what comes, with an end where it may end', async () => {
    const constraint = oneOf([[0], [0, 1], [2, 2]]);
    const seen = new Set<string>();
    for (let run = 0; run < 60; run++) {
      const ids = await collect(
        generate(uniform(4), { prompt: [3], constraint, end: 3, length: 9 }),
      );
      seen.add(ids.join(' '));
    }
    expect([...seen].sort()).toEqual(['0 1 3', '0 3', '2 2 3']);
  });

  test('may be over without an end, and of nothing is refused', async () => {
    const greedy = sampler({ temperature: 0 });
    const options = { prompt: [3], constraint: oneOf([[2, 1]]), sampler: greedy };
    expect(await collect(generate(uniform(4), options))).toEqual([2, 1]);
    expect(() => oneOf([])).toThrow(DataError);
    const nothing = { ...oneOf([[1]]), allowed: () => new Set<number>() };
    await expect(
      collect(generate(uniform(4), { prompt: [3], constraint: nothing })),
    ).rejects.toThrow('the constraint allows nothing to follow');
  });
});
