import { type Formula, type Operand, type Shape, sizeOf, type TypedArray } from '@unroll/backend';
import { addressOf, valuesOf } from '../memory/host-memory.ts';
import { expand, joinOperands } from './broadcast.ts';
import type { Lane } from './pointwise-function.ts';

/** An input over rows: how it goes along a row, and how many elements further the next row is. */
export interface Input {
  readonly lane: Lane;
  readonly values: TypedArray;
  readonly rowStride: number;
  /** Where a resident lies; undefined where it must be brought. */
  readonly address: number | undefined;
}

export interface Output {
  readonly values: TypedArray;
  /** Where a resident lies that may be written where it lies. */
  readonly address: number | undefined;
}

/** A call over `rows` rows of `n` elements. */
export interface PointwiseCall {
  readonly formula: Formula;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  readonly n: number;
  readonly rows: number;
}

/** How a formula goes over its operands: as one row where that is possible. */
export function callOf(
  formula: Formula,
  operands: readonly Operand[],
  shape: Shape,
  outputs: readonly Output[],
): PointwiseCall {
  const n = sizeOf(shape);
  const all = operands.map((x) => ({ values: valuesOf(x), address: addressOf(x) }));
  if (all.every(({ values: { length } }) => length === n || length === 1)) {
    const inputs = all.map((x) => flatInput(x, n));
    return { formula, outputs, inputs, rows: 1, n };
  }
  const shapes = operands.map((x) => x.shape);
  const { shape: axes, strides } = joinOperands(shapes, shape);
  const inputs = all.map((x, i) => inputOf(x, strides[i], axes));
  if (axes.length !== 2) return { formula, outputs, inputs, rows: 1, n };
  // The last vector of a row may run into the next one, which must not be read from there any more.
  const copied = outputs.map(({ values }) => ({ values, address: undefined }));
  return { formula, outputs: copied, inputs, rows: axes[0], n: axes[1] };
}

/** A target; the last vector may run beyond it, so it may be written where it lies only if it is all of its memory. */
export function outputOf(target: Operand): Output {
  const values = valuesOf(target);
  return {
    values,
    address: values.length === target.memory.length ? addressOf(target) : undefined,
  };
}

type Lying = Pick<Input, 'values' | 'address'>;

/** An operand of one element or of all. */
function flatInput({ values, address }: Lying, n: number): Input {
  const own = values instanceof Uint8Array ? 'bools' : 'floats';
  return { lane: values.length === n ? own : 'one', values, rowStride: 0, address };
}

/** More than two axes are laid out in full, except where an operand has all of them or none. */
function inputOf({ values, address }: Lying, strides: readonly number[], axes: Shape): Input {
  const own = values instanceof Uint8Array ? 'bools' : 'floats';
  if (strides.every((stride) => stride === 0))
    return { lane: 'one', values, rowStride: 0, address };
  if (axes.length === 2) {
    return { lane: strides[1] === 0 ? 'one' : own, values, rowStride: strides[0], address };
  }
  if (values.length === sizeOf(axes)) return flatInput({ values, address }, values.length);
  const expanded = expand(values, strides, axes);
  return { lane: 'floats', values: expanded, rowStride: 0, address: undefined };
}
