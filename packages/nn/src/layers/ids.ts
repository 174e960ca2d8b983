import { DTypeError, IndexError, type Shape } from '@unroll/backend';
import { Sequence } from '@unroll/tensor';
import type { Rows } from './rowwise.ts';

/**
 * Runs `fn`, which looks ids up; what is wrong with them is reported in the name of the caller, and one that is out of
 * range by its place in what the user gave.
 */
export function lookingUp<T>(operation: string, ids: Rows, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof DTypeError) {
      const words = error.message.slice(`${error.operation}: `.length);
      throw new DTypeError(operation, words, error.details, error);
    }
    if (!(error instanceof IndexError)) throw error;
    const { id, position, range } = error.details as Partial<Found>;
    if (id === undefined || position === undefined || range === undefined) throw error;
    throw new IndexError(
      operation,
      `id ${id} at ${place(ids, position)} is out of range; valid ids are ${range[0]} to ${range[1]}`,
      { id, position, range },
    );
  }
}

/** What kernels say about an id out of range. */
interface Found {
  id: number;
  position: number;
  range: readonly [number, number];
}

function place(ids: Rows, position: number): string {
  if (!(ids instanceof Sequence)) return `position [${coordinates(ids.shape, position)}]`;
  for (const [i, length] of ids.lengths.entries()) {
    for (let step = 0; step < length; step++) {
      if (ids.rowOf(i, step) === position) return `step ${step} of sequence ${i}`;
    }
  }
  return `position ${position}`;
}

function coordinates(shape: Shape, position: number): string {
  const at: number[] = [];
  let rest = position;
  for (const n of shape.toReversed()) {
    at.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return at.join(', ');
}
