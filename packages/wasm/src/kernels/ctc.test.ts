import { type Ctc, reference } from '@unroll/backend';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import { expect, test } from 'vitest';
import { wasm } from '../wasm.ts';

/** The same sequence of numbers in [0, 1) each time (Numerical Recipes). */
function numbers() {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One sequence of many labels, some of them twice in a row. */
function callOf(steps: number, classes: number, spread: number): Ctc {
  const next = numbers();
  const x = Float32Array.from({ length: steps * classes }, () => spread * (2 * next() - 1));
  const count = Math.floor(steps / 3);
  const ids = Int32Array.from({ length: count }, (_, k) => 1 + (Math.floor(k / 2) % (classes - 1)));
  const { upload } = reference();
  const operand = (
    values: Float32Array | Int32Array,
    shape: number[],
    dtype: 'float32' | 'int32',
  ) => ({
    ...{ memory: upload(values), offset: 0, shape, dtype },
  });
  return {
    logits: operand(x, [steps, classes], 'float32'),
    places: {
      lengths: [steps],
      starts: Array.from({ length: steps }, (_, t) => t),
      positions: [0],
    },
    labels: operand(ids, [1, count], 'int32'),
    labelLengths: [count],
    ...{ blank: 0, zeroInfinity: false, gradient: true },
  };
}

test.each([1, 30, 1000, 20_000])(
  'CTC over 300 steps agrees with the logarithms of the reference, logits up to %d',
  (spread) => {
    // The longest sum is that of −log p, to which each of the 300 steps brings a rounded softmax. The steps do not count once
    // more: what goes from one to the next is in doubles.
    const call = callOf(300, 12, spread);
    const [losses, slopes] = wasm().fused.ctcLoss?.(call) ?? [];
    const [expected, expectedSlopes] = reference().fused.ctcLoss?.(call) ?? [];
    for (const [a, b] of [
      [losses, expected],
      [slopes, expectedSlopes],
    ]) {
      const [found, wanted] = [a, b].map((memory) => (memory as { values?: Float32Array }).values);
      expect(wanted?.every(Number.isFinite)).toBe(true);
      expect(relativeError(found ?? [], wanted ?? [])).toBeLessThan(roundingTolerance(300));
    }
  },
);
