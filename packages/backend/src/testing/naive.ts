import type { Backend, FusedKernels, Kernels, Operand, Reduction } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import type { Formula } from '../formula/formula.ts';
import { primitives } from '../formula/primitives.ts';
import { valuesOf } from '../reference/memory.ts';
import { reference } from '../reference/reference.ts';
import { accumulate, reader, tabulate } from './indices.ts';
import { attention } from './naive-attention.ts';
import { fused } from './naive-fused.ts';
import { sequenceLosses } from './naive-sequence-losses.ts';

/**
 * Every kernel once more, as its definition by indices and nothing else: what the suite holds all backends against, the
 * reference included. (The scans are the reference's, whose own tests hold them against finite differences.)
 */
export function naive(): Backend {
  const host = reference();
  return {
    ...host,
    name: 'naive',
    kernels: { ...host.kernels, ...definitions },
    fused: { ...fused, ...attention, ...sequenceLosses, update },
  };
}

type Defined = Omit<Kernels, 'assign' | 'scan' | 'scanBackward'>;

const definitions: Defined = {
  pointwise(formula, inputs, shape, dtype) {
    const args = inputs.map((x) => reader(x, shape));
    return formula.outputs.map((_, output) =>
      tabulate(dtype, shape, (index) => {
        const results = evaluateScalar(
          formula,
          args.map((at) => at(index)),
        );
        return results[output];
      }),
    );
  },

  reduce(kind, x, axis) {
    const at = reader(x);
    return tabulate(reducedType(kind, x.dtype), x.shape.toSpliced(axis, 1), (index) =>
      folds[kind](Array.from({ length: x.shape[axis] }, (_, i) => at(index.toSpliced(axis, 0, i)))),
    );
  },

  cumsum(x, axis, reverse) {
    const at = reader(x);
    return tabulate(reducedType('sum', x.dtype), x.shape, (index) => {
      const [from, to] = reverse ? [index[axis], x.shape[axis] - 1] : [0, index[axis]];
      let sum = 0;
      for (let i = from; i <= to; i++) sum += at(index.with(axis, i));
      return sum;
    });
  },

  matmul(a, b, transposeA, transposeB) {
    const [left, m, k] = matrices(a, transposeA);
    const [right, , n] = matrices(b, transposeB);
    const batch = a.shape[0] === 1 ? b.shape[0] : a.shape[0];
    return tabulate(a.dtype, [batch, m, n], ([s, i, j]) => {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += left(s, i, p) * right(s, p, j);
      return sum;
    });
  },

  transpose(x, axes) {
    const at = reader(x);
    const shape = axes.map((axis) => x.shape[axis]);
    return tabulate(x.dtype, shape, (index) =>
      at(axes.map((_, axis) => index[axes.indexOf(axis)])),
    );
  },

  slice(x, starts, sizes, steps) {
    const at = reader(x);
    return tabulate(x.dtype, sizes, (index) =>
      at(index.map((i, axis) => starts[axis] + i * steps[axis])),
    );
  },

  pad(x, before, after, value) {
    const at = reader(x);
    const shape = x.shape.map((n, axis) => before[axis] + n + after[axis]);
    return tabulate(x.dtype, shape, (index) => {
      const inner = index.map((i, axis) => i - before[axis]);
      return inner.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(inner) : value;
    });
  },

  concat(inputs, axis) {
    const readers = inputs.map((x) => reader(x));
    const length = inputs.reduce((sum, x) => sum + x.shape[axis], 0);
    return tabulate(inputs[0].dtype, inputs[0].shape.with(axis, length), (index) => {
      let i = index[axis];
      let part = 0;
      while (i >= inputs[part].shape[axis]) i -= inputs[part++].shape[axis];
      return readers[part](index.with(axis, i));
    });
  },

  indexSelect(x, ids, axis) {
    const at = reader(x);
    const id = reader(ids);
    return tabulate(x.dtype, x.shape.with(axis, ids.shape[0]), (index) =>
      at(index.with(axis, id([index[axis]]))),
    );
  },

  indexAdd(shape, ids, x, axis) {
    const id = reader(ids);
    const target = (index: readonly number[]) => index.with(axis, id([index[axis]]));
    return accumulate(x.dtype, shape, x.shape, target, reader(x));
  },

  gather(x, ids, axis) {
    const at = reader(x);
    const id = reader(ids);
    return tabulate(x.dtype, ids.shape, (index) => at(index.with(axis, id(index))));
  },

  scatterAdd(shape, ids, x, axis) {
    const id = reader(ids);
    const target = (index: readonly number[]) => index.with(axis, id(index));
    return accumulate(x.dtype, shape, ids.shape, target, reader(x));
  },

  cast(x, dtype) {
    const at = reader(x);
    return tabulate(dtype, x.shape, dtype === 'int32' ? (index) => Math.trunc(at(index)) : at);
  },
};

const update: FusedKernels['update'] = (formula, inputs, targets) => {
  const [{ shape, dtype }] = targets;
  const results = definitions.pointwise(formula, inputs, shape, dtype);
  for (const [i, memory] of results.entries()) {
    valuesOf(targets[i]).set(valuesOf({ ...targets[i], memory, offset: 0 }));
  }
};

/** A formula for one element. */
export function evaluateScalar(formula: Formula, args: readonly number[]): number[] {
  const registers = [...args];
  for (const step of formula.steps) {
    registers.push(
      step.op === 'constant'
        ? step.value
        : primitives[step.op].value(...step.args.map((x) => registers[x])),
    );
  }
  return formula.outputs.map((register) => registers[register]);
}

/** Element (i, j) of matrix s of a batch that may be 1, and the sizes. */
function matrices(
  x: Operand,
  transposed: boolean,
): [at: (s: number, i: number, j: number) => number, rows: number, columns: number] {
  const at = reader(x);
  const [batch, rows, columns] = x.shape;
  const one = (s: number) => (batch === 1 ? 0 : s);
  return transposed
    ? [(s, i, j) => at([one(s), j, i]), columns, rows]
    : [(s, i, j) => at([one(s), i, j]), rows, columns];
}

/** What a reduction gives: a sum of bools is a count. */
function reducedType(kind: Reduction, dtype: DType): DType {
  if (kind === 'argmax' || kind === 'argmin') return 'int32';
  return kind === 'sum' && dtype === 'bool' ? 'int32' : dtype;
}

const folds: Readonly<Record<Reduction, (line: readonly number[]) => number>> = {
  sum: (line) => line.reduce((sum, x) => sum + x, 0),
  max: (line) => Math.max(...line),
  min: (line) => Math.min(...line),
  argmax: (line) =>
    line.findIndex((x) => Object.is(x, Math.max(...line)) || x === Math.max(...line)),
  argmin: (line) =>
    line.findIndex((x) => Object.is(x, Math.min(...line)) || x === Math.min(...line)),
};
