import { DTypeError, isFloating, ShapeError } from '@unroll/backend';
import { asTensor, type Tensor } from '@unroll/tensor';

const axisNames = [[], ['length'], ['height', 'width']] as const;

/**
 * Refuses what is no floating `[batch, channels, …]` with so many axes behind.
 *
 * @param channels how many there must be; undefined for any number
 */
export function needGrids(
  operation: string,
  x: Tensor,
  axes: 1 | 2,
  channels: number | undefined,
): void {
  const { shape, dtype } = asTensor(operation, x);
  if (shape.length !== axes + 2 || (channels !== undefined && shape[1] !== channels)) {
    const wanted = ['batch', channels ?? 'channels', ...axisNames[axes]].join(', ');
    throw new ShapeError(
      operation,
      `needs [${wanted}]; got [${shape.join(', ')}].${wayOut(shape, axes, channels)}`,
      { channels, shape },
    );
  }
  needFloats(operation, dtype);
}

/** Refuses ids and masks. */
export function needFloats(operation: string, dtype: Tensor['dtype']): void {
  if (isFloating(dtype)) return;
  throw new DTypeError(operation, `needs a floating tensor; got ${dtype}. cast(x, 'float32')?`, {
    dtype,
  });
}

function wayOut(shape: readonly number[], axes: 1 | 2, channels: number | undefined): string {
  if (shape.length === axes + 1 && (channels === undefined || shape[0] === channels)) {
    return ' A single one is a batch of 1: unsqueeze(x, { axis: 0 }).';
  }
  if (shape.length === axes + 2 && shape.at(-1) === channels) {
    return ` The channels come second: transpose(x, [0, ${axes + 1}, ${axes === 1 ? '1' : '1, 2'}])?`;
  }
  return axes === 1 ? ' Rows of sequences go in as a Sequence.' : '';
}
