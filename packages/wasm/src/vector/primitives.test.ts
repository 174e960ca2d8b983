import { math, type Primitive } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { countUp, FunctionBuilder } from '../assembly/function.ts';
import { i32, v128 } from '../assembly/instructions.ts';
import { encodeModule } from '../assembly/module.ts';
import { detectSimd, type Simd, type SimdKind, simdOf } from '../machine/simd.ts';
import { primitives } from './primitives.ts';
import { VectorCode } from './vector-code.ts';

type Unary = (x: number) => number;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Name, definition in double precision, the range where it is not flat, the promised error in ulp. */
const unary: readonly (readonly [Primitive, Unary, number, number, number])[] = [
  ['exp', math.exp, -105, 89, 1.2],
  ['expm1', math.expm1, -20, 89, 1.6],
  ['log', math.log, 0, 4, 1],
  ['log1p', math.log1p, -1, 3, 1],
  ['tanh', math.tanh, -9.5, 9.5, 2.7],
  ['sigmoid', math.sigmoid, -87.3, 17, 2.5],
  ['erf', math.erf, -4.1, 4.1, 3.2],
  ['sin', math.sin, -1e4, 1e4, 1.6],
  ['cos', math.cos, -1e4, 1e4, 1.6],
];
const specials = [0, -0, 1, -1, nan, inf, -inf, 1e4, -1e4, 1e-40, -1e-40, 3.4e38, -3.4e38];

/** A primitive over arrays. */
function vectorised(op: Primitive, simd: Simd): (...args: Float32Array[]) => Float32Array {
  const fn = new FunctionBuilder('run', 4);
  const [n, a, b, y] = fn.parameters;
  const i = fn.local('i32');
  const code = new VectorCode(fn, simd.madd);
  const at = (base: typeof n) => i32.add(base.get, i32.shl(i.get, i32.const(2)));
  const args = [a, b].map((base) => code.let(v128.load(at(base))));
  code.emit(v128.store(at(y), primitives[op](code, ...args)));
  const body = code.take();
  fn.emit(...code.prologue(), countUp(i, n.get, 4, ...body));
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65_536 });
  const module = new WebAssembly.Module(encodeModule([fn], { shared: false }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports.run as (...args: number[]) => void;
  return (...inputs) => {
    const { length } = inputs[0];
    const bytes = 4 * length + 16;
    const floats = new Float32Array(memory.buffer);
    for (const [k, x] of inputs.entries()) floats.set(x, (64 + k * bytes) / 4);
    run(length, 64, 64 + bytes, 64 + 2 * bytes);
    return floats.slice((64 + 2 * bytes) / 4, (64 + 2 * bytes) / 4 + length);
  };
}

/** The distance of neighbours in float32 at x. */
function ulpOf(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}

/** How far a float is from the exact value, in ulp; as right as can be where it is the value rounded. */
function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (actual === rounded || (Number.isNaN(actual) && Number.isNaN(rounded))) return 0;
  if (Number.isFinite(actual) && Number.isFinite(exact))
    return Math.abs(actual - exact) / ulpOf(exact);
  return inf;
}

/** A generator of 32 bits (xorshift, Marsaglia 2003). */
function randomBits(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const COUNT = 1 << 16;

/** All kinds of floats: the special ones, any bits at all, and as many evenly from a range. */
function samples(min: number, max: number): Float32Array {
  const next = randomBits();
  const anything = new Float32Array(Uint32Array.from({ length: COUNT }, next).buffer);
  const usual = Array.from({ length: COUNT }, () => min + (max - min) * (next() / 2 ** 32));
  return Float32Array.from([...specials, ...anything, ...usual]);
}

const kinds: readonly SimdKind[] = detectSimd() === 'relaxed' ? ['relaxed', 'plain'] : ['plain'];

describe.each(kinds)('%s SIMD', (kind) => {
  const simd = simdOf(kind);

  test.each(unary)('%s is as exact as promised over all floats', (op, exact, min, max, allowed) => {
    const isAngle = op === 'sin' || op === 'cos';
    const x = samples(min, max).map((v) => (isAngle && Math.abs(v) > 1e6 ? 1e6 : v));
    const y = vectorised(op, simd)(x);
    let worst = 0;
    let at = 0;
    x.forEach((value, i) => {
      if (op === 'sigmoid' && value < -87.3 && y[i] === 0) return;
      const error = ulps(y[i], exact(value));
      if (error > worst) [worst, at] = [error, value];
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(allowed);
  });

  test.each(unary)(
    '%s has the signs of zero, the infinities and the NaN of its definition',
    (op, exact) => {
      const x = Float32Array.from(
        specials.filter((v) => Math.abs(v) !== 1e-40 || op !== 'sigmoid'),
      );
      const y = vectorised(op, simd)(x);
      for (const [i, value] of x.entries()) {
        if (Math.abs(value) > 1e6 && Number.isFinite(value) && (op === 'sin' || op === 'cos'))
          continue;
        const expected = Math.fround(exact(value));
        const message = `${op}(${value}) = ${y[i]}, not ${expected}`;
        if (expected === 0 || !Number.isFinite(expected)) expect(y[i], message).toBe(expected);
      }
    },
  );

  test('tanh(x) = 2σ(2x) − 1 and σ(−x) = 1 − σ(x) to rounding, and neither leaves its bounds', () => {
    const x = samples(-20, 20).filter((v) => !Number.isNaN(v));
    const sigmoid = vectorised('sigmoid', simd);
    const tanh = vectorised('tanh', simd)(x);
    const y = sigmoid(x);
    const doubled = sigmoid(x.map((v) => 2 * v));
    const mirrored = sigmoid(x.map((v) => -v));
    let worst = 0;
    x.forEach((_, i) => {
      worst = Math.max(worst, Math.abs(tanh[i] - (2 * doubled[i] - 1)));
      worst = Math.max(worst, Math.abs(mirrored[i] - (1 - y[i])));
      if (!(Math.abs(tanh[i]) <= 1 && y[i] >= 0 && y[i] <= 1)) worst = inf;
    });
    expect(worst).toBeLessThanOrEqual(4 * 2 ** -24);
  });

  test('power is within 0.6 ulp, 1 where the result is subnormal', () => {
    const next = randomBits();
    const a = samples(0.01, 30);
    const b = a.map((_, i) => (i % 3 === 0 ? (next() % 17) - 8 : (next() / 2 ** 32 - 0.5) * 24));
    const y = vectorised('power', simd)(a, b);
    let worst = 0;
    let at = '';
    a.forEach((x, i) => {
      const exact = math.pow(x, b[i]);
      const allowed = Math.abs(exact) < 2 ** -126 ? 1 : 0.6;
      const error = ulps(y[i], exact) / allowed;
      if (error > worst) [worst, at] = [error, `${x}^${b[i]}`];
    });
    expect(worst, at).toBeLessThanOrEqual(1);
  });

  test('power has the special values of IEEE 754', () => {
    const values = [...specials, 0.5, -0.5, 2, -2, 3, -3, 2 ** 24, 2 ** 24 + 2, -7];
    const pairs = values.flatMap((x) => values.map((y) => [x, y]));
    const a = Float32Array.from(pairs, ([x]) => x);
    const b = Float32Array.from(pairs, ([, y]) => y);
    const y = vectorised('power', simd)(a, b);
    for (const i of pairs.keys()) {
      const exact = math.pow(a[i], b[i]);
      expect(ulps(y[i], exact), `${a[i]}^${b[i]} = ${y[i]}, not ${exact}`).toBeLessThanOrEqual(1);
      expect(Object.is(y[i], -0), `sign of ${a[i]}^${b[i]}`).toBe(
        Object.is(Math.fround(exact), -0),
      );
    }
  });

  test('what is exact in the definition is exact: floor, sign, abs, extremes, conditions', () => {
    const exact: readonly (readonly [Primitive, (x: number, y: number) => number])[] = [
      ['floor', Math.floor],
      ['sign', Math.sign],
      ['abs', Math.abs],
      ['negate', (x) => -x],
      ['minimum', Math.min],
      ['maximum', Math.max],
      ['less', (x, y) => Number(x < y)],
      ['equal', (x, y) => Number(x === y)],
    ];
    const pairs = specials.flatMap((x) => [...specials, 0.5, -2.5].map((y) => [x, y]));
    const a = Float32Array.from(pairs, ([, x]) => x);
    const b = Float32Array.from(pairs, ([y]) => y);
    for (const [op, define] of exact) {
      const expected = a.map((x, i) => define(x, b[i]));
      expect(vectorised(op, simd)(a, b), op).toEqual(expected);
    }
  });
});
