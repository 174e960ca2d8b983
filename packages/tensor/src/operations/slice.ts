import { IndexError, OptionError, type Shape, ShapeError, sizeOf } from '@unroll/backend';
import { record, view, wrap } from '../autograd/record.ts';
import { asTensor, fromHost } from '../core/accept.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';
import { axesOf, axisOf, withLength } from './axis.ts';
import { spread } from './select.ts';

// slice and pad stand in one room because each is the other's derivative.

export interface SliceOptions {
  /** Default 0, the first. */
  axis?: number;
  /** The first index that is taken; negative ones count from the end. Default: the first in the direction of `step`. */
  from?: number;
  /** The first index that is not taken; negative ones count from the end. Default: all there are. */
  to?: number;
  /** From one taken index to the next; negative ones go backwards. Default 1. */
  step?: number;
}

/**
 * A window along one axis: the elements from, from + step, … before `to`. Along the first axis with step 1 it shares
 * memory (and version) with x, everything else copies.
 *
 * @throws IndexError for an axis or an index out of range; OptionError for a step of 0
 * @example
 * slice(tensor([1, 2, 3, 4]), { from: 1, to: -1 }); // [2, 3]
 * slice(tensor([1, 2, 3, 4]), { step: -2 });        // [4, 2]
 */
export function slice(x: Tensor, options: SliceOptions = {}): Tensor {
  const { shape } = asTensor('slice', x);
  const axis = axisOf('slice', options.axis ?? 0, shape);
  const { start, size, step } = rangeOf(shape, axis, options);
  if (step !== 1) return stride(x, axis, start, size, step);
  const starts = shape.map((_, i) => (i === axis ? start : 0));
  return cut(x, starts, withLength(shape, axis, size));
}

/** A window of the given sizes that begins at `starts`; what lay around it gets gradient 0. */
function cut(x: Tensor, starts: readonly number[], sizes: Shape): Tensor {
  const { backend } = x.storage;
  const leading = starts.every((n, i) => i === 0 || (n === 0 && sizes[i] === x.shape[i]));
  const steps = sizes.map(() => 1);
  const y = leading
    ? view(x, sizes, x.offset + (starts[0] ?? 0) * sizeOf(sizes.slice(1)))
    : wrap(backend, backend.kernels.slice(x.operand, starts, sizes, steps), sizes);
  return record('slice', [x], y, ([dy]) => {
    const around = starts.map((n, i) => [n, x.shape[i] - n - sizes[i]] as const);
    return [dy && pad(dy, around)];
  });
}

/** Every step-th element along an axis; the gradient goes back to where they were. */
function stride(x: Tensor, axis: number, start: number, size: number, step: number): Tensor {
  const { backend } = x.storage;
  const shape = withLength(x.shape, axis, size);
  const along = (there: number, elsewhere: number) =>
    shape.map((_, i) => (i === axis ? there : elsewhere));
  const memory = backend.kernels.slice(x.operand, along(start, 0), shape, along(step, 1));
  return record('slice', [x], wrap(backend, memory, shape), ([dy]) => {
    const ids = hostMemory('int32', [size]).map((_, i) => start + i * step);
    return [dy && spread(dy, fromHost(ids, [size], 'int32', backend), x.shape, axis)];
  });
}

/**
 * x with `value` around it.
 *
 * @param widths for each axis how many elements come before and after
 * @param options.value default 0
 * @throws ShapeError when `widths` does not have a pair of whole numbers ≥ 0 for each axis
 * @example
 * pad(tensor([1, 2]), [[1, 2]], { value: 9 }); // [9, 1, 2, 9, 9]
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [before: number, after: number])[],
  { value = 0 }: { value?: number } = {},
): Tensor {
  const { shape } = asTensor('pad', x);
  const whole = widths.flat().every((n) => Number.isInteger(n) && n >= 0);
  if (widths.length !== shape.length || !whole) {
    throw new ShapeError(
      'pad',
      `needs [before, after] ≥ 0 for each axis of [${shape.join(', ')}]; got ${JSON.stringify(widths)}`,
      { shape, widths },
    );
  }
  const { backend } = x.storage;
  const before = widths.map(([n]) => n);
  const after = widths.map(([, n]) => n);
  const sizes = shape.map((n, i) => before[i] + n + after[i]);
  const y = wrap(backend, backend.kernels.pad(x.operand, before, after, value), sizes);
  return record('pad', [x], y, ([dy]) => [dy && cut(dy, before, shape)]);
}

/**
 * x with the order of its elements turned around along one or more axes.
 *
 * @throws IndexError for an axis that does not exist
 * @example
 * flip(tensor([1, 2, 3]), { axis: 0 }); // [3, 2, 1]
 */
export function flip(x: Tensor, { axis }: { axis: number | readonly number[] }): Tensor {
  const { shape } = asTensor('flip', x);
  const axes = axesOf('flip', axis, shape);
  const { backend } = x.storage;
  const starts = shape.map((n, i) => (axes.includes(i) ? n - 1 : 0));
  const steps = shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  const y = wrap(backend, backend.kernels.slice(x.operand, starts, shape, steps), shape);
  return record('flip', [x], y, ([dy]) => [dy && flip(dy, { axis: axes })]);
}

interface Range {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

function rangeOf(shape: Shape, axis: number, { from, to, step = 1 }: SliceOptions): Range {
  if (!Number.isInteger(step) || step === 0) {
    throw new OptionError('slice', `step must be a whole number but not 0; got ${step}`, { step });
  }
  const length = shape[axis];
  const at = (name: string, index: number, last: number): number => {
    const found = index < 0 ? index + length : index;
    if (Number.isInteger(found) && found >= 0 && found <= last) return found;
    throw new IndexError(
      'slice',
      `${name} ${index} is out of range; axis ${axis} of [${shape.join(', ')}] takes ${-length} to ${last}`,
      { [name]: index, axis, shape },
    );
  };
  const last = step > 0 ? length : length - 1;
  const start = from === undefined ? (step > 0 ? 0 : last) : at('from', from, last);
  const end = to === undefined ? (step > 0 ? last : -1) : at('to', to, last);
  return { start, size: Math.max(0, Math.ceil((end - start) / step)), step };
}
