import { IndexError } from '@unroll/backend';

/** Inside a step a value is `[batch, n]`, and operations along an axis go along its columns. */
export function needColumns(operation: string, axis: number): void {
  if (axis === 1 || axis === -1) return;
  throw new IndexError(
    operation,
    `a value inside a step is a row for each sequence and has axis 1 (or -1) only; got axis ${axis}. Say { axis: -1 }?`,
    { axis },
  );
}
