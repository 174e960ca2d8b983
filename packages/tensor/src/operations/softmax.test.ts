import {
  type Backend,
  DTypeError,
  IndexError,
  NumericError,
  type Operand,
  reference,
  UnsupportedError,
} from '@unroll/backend';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectAnomaly } from '../autograd/mode.ts';
import { tensor, zeros } from '../core/create.ts';
import { currentBackend, useBackend } from '../core/engine.ts';
import { traceProgram } from '../recurrence/trace.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { exp, log } from './arithmetic.ts';
import { sum } from './reduce.ts';
import { logSoftmax, logsumexp, softmax } from './softmax.ts';

const rows = (x: Float64Array) => [x.subarray(0, 3), x.subarray(3)];

function naive(row: Float64Array): number[] {
  const total = row.reduce((a, x) => a + Math.exp(x), 0);
  return [...row].map((x) => Math.exp(x) / total);
}

describe('softmax and logSoftmax', () => {
  test('run along the last axis, or another', () => {
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => softmax(x),
      expected: (x) => rows(x).map(naive),
    });
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => logSoftmax(x),
      expected: (x) => rows(x).map((row) => naive(row).map(Math.log)),
    });
    checkOperation({
      shapes: [[2, 2]],
      operation: (x) => softmax(x, { axis: 0 }),
      expected: (x) => {
        const [left, right] = [x.filter((_, i) => i % 2 === 0), x.filter((_, i) => i % 2 === 1)];
        return [0, 1].map((i) => [naive(left)[i], naive(right)[i]]);
      },
    });
    checkOperation({ shapes: [[2, 3, 2]], operation: (x) => logSoftmax(x, { axis: -2 }) });
  });

  test('need an axis and floats', () => {
    expect(() => softmax(tensor(1))).toThrow(IndexError);
    expect(() => logSoftmax(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
  });

  test('are one kernel where the backend has it, along the last axis only', () => {
    const before = currentBackend();
    const calls: string[] = [];
    const kernel = (name: string, value: number) => (x: Operand) => {
      calls.push(name);
      return before.upload(new Float32Array(x.shape[0] * x.shape[1]).fill(value));
    };
    const fused = { softmax: kernel('softmax', 0.5), logSoftmax: kernel('logSoftmax', -1) };
    const fast: Backend = { ...before, fused };
    useBackend(fast);
    try {
      const x = tensor([[1, 2]]);
      expectClose(softmax(x), [[0.5, 0.5]]);
      expectClose(logSoftmax(x), [[-1, -1]]);
      expectClose(softmax(x, { axis: 0 }), [[1, 1]]);
    } finally {
      useBackend(before);
    }
    expect(calls).toEqual(['softmax', 'logSoftmax']);
  });
});

describe.each([
  ['fused', reference()],
  ['composed', { ...reference(), fused: {} }],
])('%s softmax and logSoftmax', (_title, backend) => {
  const before = currentBackend();
  beforeEach(() => {
    useBackend(backend);
  });
  afterEach(() => {
    useBackend(before);
  });

  test('are stable where e to the x is not', () => {
    const x = tensor([1e4, 1e4 - 1, -1e4]);
    expectClose(softmax(x), softmax(tensor([0, -1, -2e4])));
    expectClose(logSoftmax(tensor([0, 1000])), [-1000, 0]);
  });

  test('give exactly 0 where −Infinity masks, and no gradient there', () => {
    const x = tensor([0, -Infinity, 0], { requiresGrad: true });
    const y = softmax(x);
    expect([...y.dataSync()]).toEqual([0.5, 0, 0.5]);
    y.backward({ gradient: tensor([1, 5, 0]) });
    expectClose(x.grad ?? x, [0.25, 0, -0.25]);
    expect([...exp(logSoftmax(x)).dataSync()]).toEqual([0.5, 0, 0.5]);
  });

  test('give NaN for a row of nothing but −Infinity', () => {
    const x = tensor([
      [-Infinity, -Infinity],
      [0, 0],
    ]);
    expectClose(softmax(x), [
      [NaN, NaN],
      [0.5, 0.5],
    ]);
    expectClose(logSoftmax(x), [
      [NaN, NaN],
      [-Math.LN2, -Math.LN2],
    ]);
  });

  test('name themselves in the anomaly mode', () => {
    const run = () => detectAnomaly(() => softmax(tensor([-Infinity])));
    expect(run).toThrow(NumericError);
    expect(run).toThrow(/^(div in )?softmax: made NaN/);
  });

  test('leave an empty axis empty', () => {
    expect(softmax(zeros([2, 0])).shape).toEqual([2, 0]);
    expect(logSoftmax(zeros([0, 2])).shape).toEqual([0, 2]);
  });
});

describe('softmax inside a step', () => {
  const trace = (step: Parameters<typeof traceProgram>[2]) =>
    traceProgram('cell', { steps: {}, states: { h: 3 }, parameters: {} }, step, ['h']);

  test('runs over the columns', () => {
    const program = trace(({ h }) => ({ h: softmax(h) }));
    expect(program.values.map(({ kind }) => kind)).toContain('rowSoftmax');
  });

  test('knows no other axis', () => {
    expect(() => trace(({ h }) => ({ h: softmax(h, { axis: 0 }) }))).toThrow(IndexError);
  });

  test('is the only one of its family there', () => {
    expect(() => trace(({ h }) => ({ h: logSoftmax(h as never) as never }))).toThrow(
      'logSoftmax: works on tensors only; a step and a fused function are written with',
    );
    expect(() => trace(({ h }) => ({ h: sum(h as never) as never }))).toThrow(UnsupportedError);
  });
});

describe('logsumexp', () => {
  test('runs over axes', () => {
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => logsumexp(x, { axis: -1 }),
      expected: (x) => rows(x).map((row) => Math.log(row.reduce((a, b) => a + Math.exp(b), 0))),
    });
    checkOperation({
      shapes: [[2, 3, 2]],
      operation: (x) => logsumexp(x, { axis: [0, 2], keepDims: true }),
    });
    checkOperation({
      shapes: [[2, 3]],
      operation: (x) => logsumexp(x),
      expected: (x) => Math.log(x.reduce((a, b) => a + Math.exp(b), 0)),
    });
    checkOperation({ shapes: [[]], operation: (x) => logsumexp(x), expected: (x) => x[0] });
  });

  test('agrees with log of sum of exp, and stays finite beyond it', () => {
    const x = tensor([0.5, -1, 2]);
    expectClose(logsumexp(x), log(sum(exp(x))));
    expectClose(logsumexp(tensor([1e4, 1e4])), 1e4 + Math.LN2);
    expectClose(logsumexp(tensor([-1e4, -1e4])), -1e4 + Math.LN2);
  });

  test('of nothing, and of nothing but −Infinity, is −Infinity with gradient 0', () => {
    expectClose(logsumexp(zeros([2, 0]), { axis: 1 }), [-Infinity, -Infinity]);
    const x = tensor([-Infinity, -Infinity], { requiresGrad: true });
    const y = logsumexp(x);
    y.backward();
    expect(y.itemSync()).toBe(-Infinity);
    expectClose(x.grad ?? x, [0, 0]);
  });

  test('lets infinity through', () => {
    expect(logsumexp(tensor([Infinity, 0])).itemSync()).toBe(Infinity);
  });
});
