import { readFileSync } from 'node:fs';
import { DataError, DTypeError, OptionError, reference, ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { useBackend } from '../core/engine.ts';
import {
  manualSeed,
  nextStreamName,
  type RandomState,
  randomState,
  randomStream,
  setRandomState,
} from './random.ts';

interface Draws {
  seed: number;
  name: string;
  next: number[];
  uniform32: number[];
  uniform64: number[];
  normal64: number[];
  bernoulli: number[];
  integers: number[];
  permutation: number[];
  counter: number;
}

const fixture = new URL('./fixtures/streams.json', import.meta.url);
const known: Draws[] = JSON.parse(readFileSync(fixture, 'utf8'));

beforeEach(() => manualSeed(0));

describe('a random stream', () => {
  test.each(known)('draws what the Python script draws for seed $seed, $name', (expected) => {
    manualSeed(expected.seed);
    const stream = randomStream(expected.name);
    const drawn: Draws = {
      seed: expected.seed,
      name: stream.name,
      next: [stream.next(), stream.next(), stream.next()],
      uniform32: [...stream.uniform([5]).dataSync()],
      uniform64: [...stream.uniform([3], { dtype: 'float64' }).dataSync()],
      normal64: [...stream.normal([3], { dtype: 'float64' }).dataSync()],
      bernoulli: [...stream.bernoulli([2, 4], 0.3).dataSync()],
      integers: [...stream.integers([8], { low: 1, high: 7 }).dataSync()],
      permutation: [...stream.permutation(10)],
      counter: randomState().counters[expected.name],
    };
    expect(drawn).toEqual({ ...expected, normal64: drawn.normal64 });
    for (const [i, value] of expected.normal64.entries()) {
      expect(Math.abs(drawn.normal64[i] - value)).toBeLessThan(1e-14);
    }
  });

  test('starts from seed 0 when no seed was given', () => {
    expect(randomStream('dropout').next()).toBe(known[1].next[0]);
  });

  test('is read on by every handle of its name', () => {
    const first = randomStream('shared').next();
    const second = randomStream('shared').next();
    manualSeed(0);
    const one = randomStream('shared');
    expect([one.next(), one.next()]).toEqual([first, second]);
  });

  test('does not notice other streams, whichever is made or read first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'ab', 'c.0'), { maxLength: 40 }), (reads) => {
        manualSeed(5);
        const mixed = reads.map((name) => [name, randomStream(name).next()] as const);
        manualSeed(5);
        for (const name of new Set(reads)) {
          const stream = randomStream(name);
          for (const [other, value] of mixed) if (other === name) expect(stream.next()).toBe(value);
        }
      }),
    );
  });

  test('starts over in handles that exist when a seed is set', () => {
    const stream = randomStream('restart');
    const before = stream.uniform([4]).dataSync();
    expect(stream.uniform([4]).dataSync()).not.toEqual(before);
    manualSeed(0);
    expect(stream.uniform([4]).dataSync()).toEqual(before);
    manualSeed(1);
    expect(stream.uniform([4]).dataSync()).not.toEqual(before);
  });

  test('keeps high seeds and low seeds apart', () => {
    const firsts = [0, 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) => {
      manualSeed(seed);
      return randomStream('x').next();
    });
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test('keeps names that begin alike, or differ in bytes of zero, apart', () => {
    const names = ['', '\0', '\0\0', 'a', 'a\0', '12345678', '12345678\0', '1234567812345678'];
    expect(new Set(names.map((name) => randomStream(name).next())).size).toBe(names.length);
  });

  test('gives nothing for a shape without elements and does not move', () => {
    const stream = randomStream('empty');
    expect(stream.normal([0, 3]).shape).toEqual([0, 3]);
    expect(stream.permutation(0)).toEqual(new Int32Array(0));
    expect(randomState().counters).toEqual({});
  });

  test('bernoulli draws the same in every dtype, always for p = 1 and never for p = 0', () => {
    const draw = (dtype: 'float32' | 'int32' | 'bool') => {
      manualSeed(3);
      const x = randomStream('mask').bernoulli([50], 0.4, { dtype });
      expect(x.dtype).toBe(dtype);
      return [...x.dataSync()];
    };
    expect(draw('bool')).toEqual(draw('float32'));
    expect(draw('int32')).toEqual(draw('float32'));
    const stream = randomStream('edges');
    expect(new Set(stream.bernoulli([1000], 1).dataSync())).toEqual(new Set([1]));
    expect(new Set(stream.bernoulli([1000], 0).dataSync())).toEqual(new Set([0]));
  });

  test('bernoulli draws the same whether the backend has a kernel for it or not, and leaves its stream alike', () => {
    const draw = (length: number) => {
      setRandomState({ seed: 6, counters: { mask: 2 ** 32 - 40 } });
      const stream = randomStream('mask');
      return [...stream.bernoulli([length], 0.4, { value: 2.5 }).dataSync(), stream.next()];
    };
    for (const length of [1, 63, 64, 65, 301]) {
      const drawn = draw(length);
      for (const backend of [reference(), { ...reference(), fused: {} }]) {
        const before = useBackend(backend);
        try {
          expect(draw(length)).toEqual(drawn);
        } finally {
          useBackend(before);
        }
      }
    }
  });

  test('bernoulli has a value of choice in the place of its ones', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const draw = (value?: number) => {
        manualSeed(2);
        return randomStream('mask').bernoulli([9, 9], 0.5, { value, dtype }).dataSync();
      };
      expect(draw(-0.3)).toEqual(draw().map((one) => (one === 1 ? -0.3 : 0)));
    }
  });

  test('uniform never reaches the end of its range, not even by rounding', () => {
    const stream = randomStream('range');
    const values = stream.uniform([1 << 18], { low: 1, high: 1 + 2 ** -20 }).dataSync();
    expect(new Set(values)).toEqual(new Set(Array.from({ length: 8 }, (_, i) => 1 + i * 2 ** -23)));
  });

  test('integers reach both ends of int32', () => {
    const options = { low: -(2 ** 31), high: 2 ** 31 };
    const values = randomStream('wide').integers([1000], options).dataSync();
    expect(Math.min(...values)).toBeLessThan(-2.1e9);
    expect(Math.max(...values)).toBeGreaterThan(2.1e9);
  });

  test('permutation is one', () => {
    const order = randomStream('order').permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order.every((value, i) => value === i)).toBe(false);
  });
});

describe('the random state', () => {
  test('makes the same numbers follow after a trip through JSON', () => {
    manualSeed(11);
    const names = ['a', '__proto__', 'layer.0'];
    for (const name of names) randomStream(name).normal([7]);
    const state = JSON.parse(JSON.stringify(randomState())) as RandomState;
    const draw = () => names.map((name) => [...randomStream(name).normal([5]).dataSync()]);
    const expected = draw();
    manualSeed(99);
    randomStream('other').next();
    setRandomState(state);
    expect(draw()).toEqual(expected);
    expect(Object.keys(randomState().counters).sort()).toEqual([...names].sort());
  });

  test('goes far: the counter has more than 32 bits', () => {
    setRandomState({ seed: 0, counters: { far: 2 ** 32 } });
    const far = randomStream('far').next();
    manualSeed(0);
    expect(randomStream('far').next()).not.toBe(far);
  });

  test.each([
    [null, 'the state must be an object { seed, counters }'],
    [[1], 'the state must be an object { seed, counters }'],
    [{ counters: {} }, 'the seed must be a whole number ≥ 0; got undefined'],
    [{ seed: -1, counters: {} }, 'the seed must be a whole number ≥ 0; got -1'],
    [{ seed: 1 }, 'counters must be an object; got undefined'],
    [
      { seed: 1, counters: { a: 1, b: '2' } },
      "the counter of 'b' must be a whole number ≥ 0; got 2",
    ],
    [{ seed: 1, counters: { a: 2 ** 60 } }, "the counter of 'a' must be a whole number ≥ 0"],
    [{ seed: 1, counters: { a: {} } }, "the counter of 'a' must be a whole number ≥ 0; got object"],
  ])('refuses %j and changes nothing', (state, words) => {
    manualSeed(4);
    randomStream('kept').next();
    const before = randomState();
    expect(() => setRandomState(state as RandomState)).toThrow(DataError);
    expect(() => setRandomState(state as RandomState)).toThrow(words);
    expect(randomState()).toEqual(before);
  });
});

describe('random draws refuse', () => {
  const stream = randomStream('refused');
  test.each([-1, 0.5, NaN, 2 ** 53])('the seed %d', (seed) => {
    expect(() => manualSeed(seed)).toThrow(OptionError);
  });

  test('options that cannot be', () => {
    expect(() => stream.uniform([1], { low: 1, high: 0 })).toThrow(
      'uniform: needs finite low ≤ high',
    );
    expect(() => stream.uniform([1], { high: Infinity })).toThrow(OptionError);
    expect(() => stream.normal([1], { std: -1 })).toThrow(
      'normal: needs a finite mean and std ≥ 0',
    );
    expect(() => stream.bernoulli([1], 1.5)).toThrow('bernoulli: p must be in [0, 1]; got 1.5');
    expect(() => stream.bernoulli([1], NaN)).toThrow(OptionError);
    for (const [value, dtype] of [
      [2, 'int32'],
      [0, 'bool'],
      [Number.NaN, 'float32'],
    ] as const) {
      expect(() => stream.bernoulli([1], 0.5, { value, dtype })).toThrow(
        `bernoulli: value must be finite, and 1 for whole numbers and masks; got ${value} in ${dtype}`,
      );
    }
    expect(() => stream.integers([1], { high: 0 })).toThrow('integers: needs int32 low < high');
    expect(() => stream.integers([1], { high: 2 ** 31 + 1 })).toThrow(OptionError);
    expect(() => stream.permutation(-1)).toThrow(
      'permutation: n must be a whole number ≥ 0; got -1',
    );
  });

  test('dtypes and shapes that cannot be', () => {
    expect(() => stream.uniform([1], { dtype: 'int32' })).toThrow(DTypeError);
    expect(() => stream.normal([1], { dtype: 'bool' })).toThrow('normal: draws float32 or float64');
    expect(() => stream.normal([2, -1])).toThrow(ShapeError);
    expect(() => stream.bernoulli([2, -1], 0.5)).toThrow(ShapeError);
    expect(() => stream.bernoulli([2], 0.5, { dtype: 'float16' as never })).toThrow(DTypeError);
    expect(() => stream.integers([1.5], { high: 2 })).toThrow('whole numbers ≥ 0; got [1.5]');
  });
});

describe('the name of the next stream of a kind', () => {
  test('is counted for each kind by itself, anew from each seed', () => {
    const draw = () => [nextStreamName('A'), nextStreamName('B'), nextStreamName('A')];
    expect(draw()).toEqual(['A', 'B', 'A_1']);
    manualSeed(3);
    expect(draw()).toEqual(['A', 'B', 'A_1']);
  });

  test('goes on when a state is restored, as what has a name keeps it', () => {
    nextStreamName('A');
    setRandomState(randomState());
    expect(nextStreamName('A')).toBe('A_1');
  });
});
