import type { DType, Formula, Kernels, Memory, Operand, Reduction, Shape } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf, GpuMemory, memoryOf } from '../device/gpu-memory.ts';
import { gather, indexAdd, indexSelect, scatterAdd } from './indexed.ts';
import { matmul } from './matmul.ts';
import { concat, pad, slice, splice, transpose } from './move.ts';
import { pointwise } from './pointwise.ts';
import { cumsum, reduce } from './reduce.ts';
import { areHostNumbers, assignOnHost, fromHost, hostKernel, onHost } from './whole-numbers.ts';

const identity: Formula = { name: 'cast', arity: 1, steps: [], outputs: [0] };

/** What a sum gives: bools are counted. */
function summed(dtype: DType): DType {
  return dtype === 'bool' ? 'int32' : dtype;
}

function reducedType(kind: Reduction, dtype: DType): DType {
  if (kind === 'argmax' || kind === 'argmin') return 'int32';
  return kind === 'sum' ? summed(dtype) : dtype;
}

/**
 * The closed list of kernels. Where all operands are whole numbers that the host knows (ids, masks, lengths), the
 * reference computes them there, to the bit; all else is the device's.
 */
export function makeKernels(device: Device): Omit<Kernels, 'scan' | 'scanBackward'> {
  /** On the host where it knows the operands, else on the device. */
  const choose = (
    operands: readonly Operand[],
    dtype: DType,
    reference: (kernels: Kernels, operands: readonly Operand[]) => Memory,
    run: () => Content,
  ): Memory =>
    areHostNumbers(operands, dtype)
      ? hostKernel((kernels) => reference(kernels, operands.map(onHost)))
      : new GpuMemory(dtype, run());

  const kernels: Omit<Kernels, 'scan' | 'scanBackward'> = {
    pointwise(formula, inputs, shape, dtype) {
      if (areHostNumbers(inputs, dtype)) return onHostPointwise(formula, inputs, shape, dtype);
      return pointwise(device, formula, inputs, shape, dtype).map(
        (content) => new GpuMemory(dtype, content),
      );
    },
    reduce: (kind, x, axis) =>
      choose(
        [x],
        reducedType(kind, x.dtype),
        (host, [a]) => host.reduce(kind, a, axis),
        () => reduce(device, kind, x, axis),
      ),
    cumsum: (x, axis, reverse) =>
      choose(
        [x],
        summed(x.dtype),
        (host, [a]) => host.cumsum(a, axis, reverse),
        () => cumsum(device, x, axis, reverse),
      ),
    matmul: (a, b, transposeA, transposeB) =>
      choose(
        [a, b],
        a.dtype,
        (host, [x, y]) => host.matmul(x, y, transposeA, transposeB),
        () => matmul(device, a, b, transposeA, transposeB),
      ),
    transpose: (x, axes) =>
      choose(
        [x],
        x.dtype,
        (host, [a]) => host.transpose(a, axes),
        () => transpose(device, x, axes),
      ),
    slice: (x, starts, sizes, steps) =>
      choose(
        [x],
        x.dtype,
        (host, [a]) => host.slice(a, starts, sizes, steps),
        () => slice(device, x, starts, sizes, steps),
      ),
    pad: (x, before, after, value) =>
      choose(
        [x],
        x.dtype,
        (host, [a]) => host.pad(a, before, after, value),
        () => pad(device, x, before, after, value),
      ),
    concat: (inputs, axis) =>
      choose(
        inputs,
        inputs[0].dtype,
        (host, all) => host.concat(all, axis),
        () => concat(device, inputs, axis),
      ),
    indexSelect: (x, ids, axis) =>
      choose(
        [x, ids],
        x.dtype,
        (host, [a, b]) => host.indexSelect(a, b, axis),
        () => indexSelect(device, x, ids, axis),
      ),
    indexAdd: (shape, ids, x, axis) =>
      choose(
        [ids, x],
        x.dtype,
        (host, [a, b]) => host.indexAdd(shape, a, b, axis),
        () => indexAdd(device, shape, ids, x, axis),
      ),
    gather: (x, ids, axis) =>
      choose(
        [x, ids],
        x.dtype,
        (host, [a, b]) => host.gather(a, b, axis),
        () => gather(device, x, ids, axis),
      ),
    scatterAdd: (shape, ids, x, axis) =>
      choose(
        [ids, x],
        x.dtype,
        (host, [a, b]) => host.scatterAdd(shape, a, b, axis),
        () => scatterAdd(device, shape, ids, x, axis),
      ),
    cast: (x, dtype) => kernels.pointwise(identity, [x], x.shape, dtype)[0],
    assign(target, source) {
      if (areHostNumbers([target, source])) assignOnHost(target, source);
      else memoryOf(target).content = splice(device, target, contentOf(source), source.offset);
    },
  };
  return kernels;
}

function onHostPointwise(
  formula: Formula,
  inputs: readonly Operand[],
  shape: Shape,
  dtype: DType,
): Memory[] {
  const results: Memory[] = [];
  hostKernel((host) => {
    results.push(...host.pointwise(formula, inputs.map(onHost), shape, dtype));
    return results[0];
  });
  return results.map(fromHost);
}
