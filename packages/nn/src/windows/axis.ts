import { OptionError } from '@unroll/backend';

/** How windows lie along one axis: window i reads the places `i · stride − before + tap · dilation`. */
export interface Axis {
  /** Taps of a window. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Places that a window may reach before the first and beyond the last. */
  readonly before: number;
  readonly after: number;
}

/** How many windows fit along `length` places; 0 or less where none does. */
export function windowsOn(length: number, axis: Axis): number {
  const room = length + axis.before + axis.after - reachOf(axis);
  return Math.floor(room / axis.stride) + 1;
}

/** Places from the first tap of a window to its last, both counted. */
export function reachOf({ size, dilation }: Axis): number {
  return dilation * (size - 1) + 1;
}

/** A window in words, for messages. */
export function describeAxis(axis: Axis): string {
  const { size, dilation, before, after } = axis;
  const spread =
    dilation === 1 ? '' : ` with dilation ${dilation}, which reaches over ${reachOf(axis)},`;
  return `a window of ${size}${spread} with padding ${before} + ${after}`;
}

/** One number for all axes, or one for each. */
export type PerAxis<N extends number> =
  | number
  | (N extends 2 ? readonly [height: number, width: number] : readonly [number]);

/** `same` pads so that stride 1 keeps the length, the odd place at the end, as in PyTorch; `valid` pads nothing. */
export type Padding<N extends number> = PerAxis<N> | 'same' | 'valid';

export interface AxisOptions {
  readonly kernelSize: number | readonly number[];
  readonly stride: number | readonly number[];
  readonly padding: number | readonly number[] | 'same' | 'valid';
  readonly dilation: number | readonly number[];
}

/**
 * The axes that options describe, `count` of them.
 *
 * @throws OptionError for what is no whole number, or not one for each axis; for `same` with a stride
 */
export function axesOf(operation: string, count: number, options: AxisOptions): Axis[] {
  const all = (name: keyof AxisOptions, least: number) =>
    numbers(operation, count, name, options[name], least);
  const sizes = all('kernelSize', 1);
  const strides = all('stride', 1);
  const dilations = all('dilation', 1);
  const { padding } = options;
  if (padding === 'same' && strides.some((n) => n !== 1)) {
    throw new OptionError(
      operation,
      `padding 'same' needs stride 1; got ${strides.join(', ')}. Give the padding as a number?`,
      { padding, stride: options.stride },
    );
  }
  const isNamed = padding === 'same' || padding === 'valid';
  const paddings = isNamed ? undefined : all('padding', 0);
  return sizes.map((size, i) => {
    const [stride, dilation] = [strides[i], dilations[i]];
    const total = padding === 'same' ? dilation * (size - 1) : 0;
    const before = paddings ? paddings[i] : Math.floor(total / 2);
    return { size, stride, dilation, before, after: paddings ? before : total - before };
  });
}

function numbers(
  operation: string,
  count: number,
  name: string,
  given: unknown,
  least: number,
): readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : new Array(count).fill(given);
  const fits = list.every((n) => Number.isInteger(n) && (n as number) >= least);
  if (fits && list.length === count) return list as readonly number[];
  const each = count === 1 ? '' : ', one for both axes or [height, width]';
  const words = name === 'padding' ? ", 'same' or 'valid'" : '';
  throw new OptionError(
    operation,
    `${name} must be a whole number from ${least}${each}${words}; got ${JSON.stringify(given)}`,
    { [name]: given },
  );
}
