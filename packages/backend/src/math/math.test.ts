import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as math from './index.ts';

/** |a − b| in units of the last place of b; 0 for two NaNs. */
function ulps(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / ulpOf(b);
}

function ulpOf(x: number): number {
  const next = new Float64Array([Math.abs(x)]);
  new BigInt64Array(next.buffer)[0] += 1n;
  return next[0] - Math.abs(x);
}

const runs = { numRuns: 3000, seed: 2 };
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const anything = fc.double({ noNaN: true });

const special = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 5e-324, -5e-324, 1e-310, 1e308, -1e308].concat([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
]);

type Function1 = (x: number) => number;

/** Σ of positive terms: erf(x) = 2x/√π · e^(−x²) · Σ (2x²)ⁿ/(2n + 1)!!. */
function erfBySeries(x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < 400; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return Math.abs(x) > 6 ? Math.sign(x) : ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Name, our function, an independent one, a usual range, allowed ulp: ours and those of the other. */
const functions: readonly (readonly [string, Function1, Function1, number, number, number])[] = [
  ['exp', math.exp, Math.exp, -746, 711, 2],
  ['expm1', math.expm1, Math.expm1, -50, 711, 3],
  ['log', math.log, Math.log, 0, 10, 2],
  ['log1p', math.log1p, Math.log1p, -1, 10, 2],
  ['tanh', math.tanh, Math.tanh, -25, 25, 4],
  ['sin', math.sin, Math.sin, -1e4, 1e4, 2],
  ['cos', math.cos, Math.cos, -1e4, 1e4, 2],
];

describe.each(functions)('%s', (_name, ours, theirs, min, max, allowed) => {
  test('is as near to Math as both promise, over its range, near 0 and over all numbers', () => {
    const property = (x: number) => {
      expect(ulps(ours(x), theirs(x))).toBeLessThanOrEqual(allowed);
    };
    for (const range of [between(min, max), between(-0.5, 0.5), anything]) {
      fc.assert(fc.property(range, property), runs);
    }
  });

  test('has the special values of Math, signs of zero included', () => {
    for (const x of special) {
      const [a, b] = [ours(x), theirs(x)];
      expect(ulps(a, b), `at ${x}: ${a} instead of ${b}`).toBeLessThanOrEqual(allowed);
      expect(Object.is(a, -0), `sign of zero at ${x}`).toBe(Object.is(b, -0));
    }
  });
});

test('erf agrees with its series of positive terms, is odd and ends at ±1', () => {
  const property = (x: number) => {
    expect(Math.abs(math.erf(x) - erfBySeries(x))).toBeLessThanOrEqual(40 * ulpOf(erfBySeries(x)));
    expect(math.erf(-x)).toBe(-math.erf(x));
  };
  fc.assert(fc.property(between(-7, 7), property), { ...runs, numRuns: 500 });
  fc.assert(fc.property(between(-1e-3, 1e-3), property), { ...runs, numRuns: 500 });
  expect([math.erf(0), math.erf(-0), math.erf(1e4), math.erf(-1e4)]).toEqual([0, -0, 1, -1]);
  expect(math.erf(Number.NaN)).toBeNaN();
});

test('erf has the digits of tables (Abramowitz & Stegun 1964, table 7.1)', () => {
  expect(math.erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(math.erf(1)).toBeCloseTo(0.8427007929, 10);
  expect(math.erf(2)).toBeCloseTo(0.995322265, 10);
});

test('sigmoid is 1/(1 + e⁻ˣ), without overflow at either end', () => {
  const property = (x: number) => {
    expect(ulps(math.sigmoid(x), 1 / (1 + Math.exp(-x)))).toBeLessThanOrEqual(4);
  };
  fc.assert(fc.property(between(-700, 50), property), runs);
  expect([math.sigmoid(1e4), math.sigmoid(-1e4), math.sigmoid(0)]).toEqual([1, 0, 0.5]);
  expect(math.sigmoid(Number.NaN)).toBeNaN();
  expect(math.sigmoid(-740)).toBeGreaterThan(0);
});

test('tanh(x) = 2σ(2x) − 1 and σ(−x) = 1 − σ(x), to rounding', () => {
  fc.assert(
    fc.property(between(-30, 30), (x) => {
      expect(Math.abs(math.tanh(x) - (2 * math.sigmoid(2 * x) - 1))).toBeLessThanOrEqual(2 ** -50);
      expect(Math.abs(math.sigmoid(-x) - (1 - math.sigmoid(x)))).toBeLessThanOrEqual(2 ** -51);
    }),
    runs,
  );
});

describe('pow', () => {
  test('is as near to Math as both promise, for whole and other exponents', () => {
    const property = ([x, y]: [number, number]) => {
      expect(ulps(math.pow(x, y), x ** y), `${x}^${y}`).toBeLessThanOrEqual(3);
    };
    const whole = fc.integer({ min: -400, max: 400 });
    fc.assert(fc.property(fc.tuple(between(1e-30, 1e30), between(-9, 9)), property), runs);
    fc.assert(fc.property(fc.tuple(between(0.5, 2), between(-1000, 1000)), property), runs);
    fc.assert(fc.property(fc.tuple(between(-5, 5), whole), property), runs);
    fc.assert(
      fc.property(fc.tuple(between(-5, 5), fc.integer({ min: -4, max: 5 })), property),
      runs,
    );
  });

  test('has the special values of IEEE 754: those of Math, but 1 to the NaN and ±1 to the ±∞ are 1', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    for (const x of special) {
      for (const y of [...special, 3, -3, 2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e300]) {
        const one = x === 1 || (x === -1 && Math.abs(y) === inf);
        const expected = one ? 1 : x ** y;
        expect(ulps(math.pow(x, y), expected), `${x}^${y}`).toBeLessThanOrEqual(2);
        expect(Object.is(math.pow(x, y), -0), `sign of ${x}^${y}`).toBe(Object.is(expected, -0));
      }
    }
    expect(math.pow(1, nan)).toBe(1);
    expect(math.pow(5e-324, 0.5)).toBe(Math.sqrt(5e-324));
  });
});

test('numbers that are to be the same on every engine are fixed to the bit', () => {
  const x = [0.1, 0.7, 1.3, 2.9, 17.3, 1234.5];
  const values = x.flatMap((a) => [
    math.exp(-a),
    math.expm1(a / 3),
    math.log(a),
    math.log1p(a),
    math.tanh(a / 2),
    math.sigmoid(a),
    math.erf(a / 2),
    math.sin(a),
    math.cos(a * 1e10),
    math.pow(a, 0.3),
  ]);
  expect(values.map(hexOf)).toMatchSnapshot();
});

function hexOf(x: number): string {
  const bits = new BigUint64Array(new Float64Array([x]).buffer)[0];
  return `${bits.toString(16).padStart(16, '0')} ${x}`;
}

test('logarithms and angles of many at once have the bits of one after the other', () => {
  const angles = fc.array(between(0, 1e6), { maxLength: 20 });
  fc.assert(
    fc.property(angles, (drawn) => {
      const cosines = Float64Array.from(drawn);
      const sines = new Float64Array(drawn.length);
      math.cosSinEach(cosines, sines);
      expect(cosines).toEqual(Float64Array.from(drawn, math.cos));
      expect(sines).toEqual(Float64Array.from(drawn, math.sin));
      const logs = Float64Array.from(drawn, (x) => Math.abs(x) + 1e-300);
      const expected = logs.map(math.log);
      math.logEach(logs);
      expect(logs).toEqual(expected);
    }),
    { ...runs, examples: [[[0, Math.PI / 2, Math.PI, 1.5 * Math.PI, 2 * Math.PI]]] },
  );
});
