import {
  DataError,
  DTypeError,
  IndexError,
  OptionError,
  reference,
  ShapeError,
  UnsupportedError,
} from '@unroll/backend';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { gradcheck } from '../autograd/gradcheck.ts';
import { noGrad } from '../autograd/mode.ts';
import { full, tensor, zeros } from '../core/create.ts';
import { useBackend } from '../core/engine.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul } from '../operations/arithmetic.ts';
import { sum } from '../operations/reduce.ts';
import { Sequence } from '../sequence/sequence.ts';
import { expectClose } from '../testing/expect-close.ts';
import { crfLosses } from './crf.ts';
import { ctcLosses } from './ctc.ts';

const scores = (rows: number, columns: number) =>
  fc.array(
    fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
      minLength: columns,
      maxLength: columns,
    }),
    { minLength: rows, maxLength: rows },
  );
const doubles = (arrays: number[][][]) => Sequence.fromArrays(arrays, { dtype: 'float64' });
const ids = (arrays: number[][]) => Sequence.fromArrays(arrays, { dtype: 'int32' });
/** Unequal weights, so that a gradient that reaches the wrong sequence is found. */
const weighted = (losses: Tensor) =>
  sum(mul(losses, tensor([0.5, 2].slice(0, losses.size), { dtype: 'float64' })));

test('gradients of CTC are right, whatever the lengths and the weights of the sequences', () => {
  fc.assert(
    fc.property(scores(4, 3), scores(6, 3), (short, long) => {
      const logits = doubles([short, long]);
      gradcheck(
        (rows) =>
          weighted(
            ctcLosses(logits.withRows(rows), [
              [2, 2],
              [1, 2, 1],
            ]),
          ),
        [logits.rows],
      );
    }),
    { numRuns: 10, seed: 1 },
  );
});

test('gradients of a CRF are right for every one of its scores', () => {
  fc.assert(
    fc.property(scores(1, 3), scores(4, 3), scores(5, 3), (short, long, [start, end, ...T]) => {
      const emissions = doubles([short, long]);
      const tags = ids([[2], [0, 2, 1, 1]]);
      const rest = [T, start, end].map((x) => tensor(x, { dtype: 'float64' }));
      gradcheck(
        (rows, transitions, first, last) =>
          weighted(
            crfLosses(emissions.withRows(rows), tags, { transitions, start: first, end: last }),
          ),
        [emissions.rows, ...rest],
      );
    }),
    { numRuns: 10, seed: 1 },
  );
});

test('without labels only blanks are right, and one step says one label', () => {
  const logits = doubles([
    [
      [0, Math.log(3)],
      [Math.log(3), 0],
    ],
    [[0, Math.log(3)]],
  ]);
  const losses = ctcLosses(logits, [[], [1]]);
  expectClose(losses, [-Math.log(3 / 16), -Math.log(3 / 4)]);
  expectClose(ctcLosses(logits, [[], []]), [-Math.log(3 / 16), -Math.log(1 / 4)]);
});

test('labels may be a sequence, in which order its lengths may be', () => {
  const logits = zeros([2, 5, 4]);
  const given = [[1], [3, 2, 3]];
  const x = Sequence.fromBatch(logits, [3, 5]);
  expect(ctcLosses(x, ids(given)).dataSync()).toEqual(ctcLosses(x, given).dataSync());
});

test('labels that take more steps than there are cost nothing where that was allowed', () => {
  const rows = zeros([2, 2, 3], { requiresGrad: true });
  const logits = Sequence.fromBatch(rows);
  expect(() => ctcLosses(logits, [[1], [2, 2]])).toThrow(
    'ctcLoss: the 2 labels of sequence 1 take 3 steps (1 for blanks between equal ones), and it has 2. Leave it out, keep more steps of it, or set zeroInfinity.',
  );
  const losses = ctcLosses(logits, [[1], [2, 2]], { zeroInfinity: true });
  expectClose(losses, [-Math.log(3 / 9), 0]);
  sum(losses).backward();
  const gradient = [...(rows.grad as Tensor).dataSync()];
  expect(gradient.slice(6)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(gradient.slice(0, 6).some((x) => x !== 0)).toBe(true);
});

test('labels that logits of −Infinity rule out cost Infinity, and their gradient is 0, not NaN', () => {
  const rows = tensor([[[0, -Infinity]]], { requiresGrad: true });
  const losses = ctcLosses(Sequence.fromBatch(rows), [[1]]);
  expect([...losses.dataSync()]).toEqual([Infinity]);
  losses.backward({ gradient: tensor([1]) });
  expect([...(rows.grad as Tensor).dataSync()]).toEqual([0, 0]);
});

test('what is forbidden has no share, and tags that it forbids are refused', () => {
  const emissions = doubles([
    [
      [0, 0],
      [0, 0],
    ],
  ]);
  const options = { dtype: 'float64' } as const;
  const transitions = tensor(
    [
      [0, 0],
      [-Infinity, 0],
    ],
    options,
  );
  const chain = { transitions, start: zeros([2], options), end: zeros([2], options) };
  expectClose(crfLosses(emissions, ids([[0, 1]]), chain), [Math.log(3)]);
  expect(() => crfLosses(emissions, ids([[1, 0]]), chain)).toThrow(
    'crfLoss: the tags of sequence 0 cannot be: a score at step 1, where tag 0 stands behind tag 1 and the last, is −Infinity.',
  );
  const nothing = { ...chain, start: full([2], -Infinity, options) };
  expect(() => crfLosses(emissions, ids([[0, 1]]), nothing)).toThrow(DataError);
});

test('second derivatives are refused with a sentence', () => {
  const rows = zeros([1, 2, 2], { requiresGrad: true });
  const x = Sequence.fromBatch(rows);
  const chain = { transitions: zeros([2, 2]), start: zeros([2]), end: zeros([2]) };
  for (const losses of [ctcLosses(x, [[1]]), crfLosses(x, ids([[1, 0]]), chain)]) {
    const twice = () => grad(sum(losses), [rows], { createGraph: true });
    expect(twice).toThrow(UnsupportedError);
    expect(twice).toThrow('has first derivatives only');
  }
});

test('a backend without the kernels says so, and no gradient is made where none is wanted', () => {
  const host = reference();
  const asked: boolean[] = [];
  const { ctcLoss, crfLoss, ...fused } = host.fused;
  const watching = {
    ...host,
    fused: {
      ...fused,
      ctcLoss: ((call) => {
        asked.push(call.gradient);
        return ctcLoss?.(call);
      }) as typeof ctcLoss,
    },
  };
  const before = useBackend(watching);
  try {
    const rows = zeros([1, 2, 2], { requiresGrad: true });
    ctcLosses(Sequence.fromBatch(rows), [[1]]);
    noGrad(() => ctcLosses(Sequence.fromBatch(rows), [[1]]));
    expect(asked).toEqual([true, false]);
    useBackend({ ...host, name: 'bare', fused });
    const x = Sequence.fromBatch(zeros([1, 2, 2]));
    expect(() => ctcLosses(x, [[1]])).toThrow('ctcLoss: the backend bare has no kernel for it');
    useBackend({ ...host, name: 'bare', fused, absent: { ctcLoss: 'nobody wrote it' } });
    const own = Sequence.fromBatch(zeros([1, 2, 2]));
    expect(() => ctcLosses(own, [[1]])).toThrow(
      'the backend bare has no kernel for it: nobody wrote it. Compute this loss on the CPU',
    );
    const chain = { transitions: zeros([2, 2]), start: zeros([2]), end: zeros([2]) };
    expect(() => crfLosses(x, ids([[1, 0]]), chain)).toThrow(UnsupportedError);
  } finally {
    useBackend(before);
  }
});

test('what does not fit is refused by name', () => {
  const x = Sequence.fromBatch(zeros([2, 3, 4]));
  expect(() => ctcLosses(x, [[1]])).toThrow(ShapeError);
  expect(() => ctcLosses(x, [[1], [4]])).toThrow(IndexError);
  expect(() => ctcLosses(x, [[1], [0]])).toThrow('label 0 of sequence 1 is 0, the blank');
  expect(() => ctcLosses(x, [[1], [0.5]])).toThrow(DTypeError);
  expect(() => ctcLosses(x, [[1], [2]], { blank: 4 })).toThrow(OptionError);
  const chain = { transitions: zeros([4, 3]), start: zeros([4]), end: zeros([4]) };
  const tags = ids([
    [0, 1, 2],
    [0, 1],
  ]);
  expect(() => crfLosses(x, tags, chain)).toThrow(
    /tags must be one id a step.*transitions must be \[4, 4\]; got \[4, 3\]/,
  );
  const right = { ...chain, transitions: zeros([4, 4]) };
  const beyond = ids([
    [0, 1, 2],
    [0, 1, 4],
  ]);
  expect(() => crfLosses(x, beyond, right)).toThrow(IndexError);
});
