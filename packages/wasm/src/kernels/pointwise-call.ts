import {
  type DType,
  type Formula,
  type Operand,
  type Shape,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';
import { addressOf, hostMemory, valuesOf } from '../memory/host-memory.ts';
import { expand, joinOperands } from './broadcast.ts';
import type { Lane } from './pointwise-function.ts';

/** An input over rows: how it goes along a row, and how many elements further the next row is. */
export interface Input {
  readonly lane: Lane;
  /** What it is, with the shape that it is read in. */
  readonly operand: Operand;
  readonly rowStride: number;
}

export interface Output {
  readonly values: TypedArray;
  /** Where a resident lies that may be written where it lies. */
  readonly address: number | undefined;
}

/** A formula over `rows` rows of `n` elements. */
export interface PointwiseCall {
  readonly formula: Formula;
  readonly inputs: readonly Input[];
  /** All results are of this kind. */
  readonly output: 'floats' | 'bools';
  readonly n: number;
  readonly rows: number;
  /** Whether rows follow each other without being one: the last vector of a row may run into the next one. */
  readonly runsOver: boolean;
}

/** How a formula goes over its operands: as one row where that is possible. */
export function callOf(
  formula: Formula,
  operands: readonly Operand[],
  shape: Shape,
  dtype: DType,
): PointwiseCall {
  const n = sizeOf(shape);
  const output = dtype === 'bool' ? 'bools' : 'floats';
  const flat = { formula, output, rows: 1, n, runsOver: false } as const;
  if (operands.every((x) => [n, 1].includes(sizeOf(x.shape)))) {
    return { ...flat, inputs: operands.map((x) => flatInput(x, n)) };
  }
  const shapes = operands.map((x) => x.shape);
  const { shape: axes, strides } = joinOperands(shapes, shape);
  const inputs = operands.map((x, i) => inputOf(x, strides[i], axes));
  if (axes.length !== 2) return { ...flat, inputs };
  return { ...flat, inputs, rows: axes[0], n: axes[1], runsOver: true };
}

/** A target; the last vector may run beyond it, so it may be written where it lies only if it is all of its memory. */
export function outputOf(target: Operand): Output {
  const values = valuesOf(target);
  return {
    values,
    address: values.length === target.memory.length ? addressOf(target) : undefined,
  };
}

/** An operand of one element or of all. */
function flatInput(operand: Operand, n: number): Input {
  const lane = sizeOf(operand.shape) === n ? laneOf(operand) : 'one';
  return { lane, operand, rowStride: 0 };
}

function laneOf({ dtype }: Operand): Lane {
  return dtype === 'bool' ? 'bools' : 'floats';
}

/** More than two axes are laid out in full, except where an operand has all of them or none. */
function inputOf(operand: Operand, strides: readonly number[], axes: Shape): Input {
  if (strides.every((stride) => stride === 0)) return { lane: 'one', operand, rowStride: 0 };
  if (axes.length === 2) {
    const lane = strides[1] === 0 ? 'one' : laneOf(operand);
    return { lane, operand, rowStride: strides[0] };
  }
  const n = sizeOf(axes);
  return flatInput(sizeOf(operand.shape) === n ? operand : expanded(operand, strides, axes), n);
}

function expanded(operand: Operand, strides: readonly number[], axes: Shape): Operand {
  const values = expand(valuesOf(operand), strides, axes);
  return { memory: hostMemory('float32', values), offset: 0, shape: axes, dtype: 'float32' };
}
