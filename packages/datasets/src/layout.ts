import { DataError } from '@unroll/backend';

/** What becomes of the predictions that fill no whole window for all rows. */
export type Tail = 'drop' | 'keep';

export interface WindowOptions {
  /** Rows that are read side by side. */
  batchSize: number;
  /** Time steps in a batch. */
  window: number;
  /**
   * `'drop'` (default; training): every batch is `[batchSize, window]`; what fills no whole window is left out. `'keep'`
   * (evaluation): every token but the first is predicted exactly once, see {@link ContiguousWindows}.
   */
  tail?: Tail;
}

/** A rectangle of predictions: rows 0 … rows − 1, steps `from` … `from + steps − 1` of each. */
export interface Rectangle {
  readonly rows: number;
  readonly from: number;
  readonly steps: number;
}

/** Where each row begins in the text, and the rectangles that are read from it in turn. */
export interface Layout {
  readonly starts: readonly number[];
  readonly rectangles: readonly Rectangle[];
}

/**
 * How `length` ids lie in rows and windows. They make `length − 1` predictions, since the last id has no next one.
 *
 * @throws DataError when they fill no window
 */
export function layOut(
  length: number,
  { batchSize, window, tail = 'drop' }: WindowOptions,
): Layout {
  return tail === 'drop'
    ? wholeWindows(length, batchSize, window)
    : everything(length, batchSize, window);
}

function wholeWindows(length: number, batchSize: number, window: number): Layout {
  const rowLength = Math.floor((length - 1) / batchSize);
  if (rowLength < window) {
    const needed = batchSize * window + 1;
    throw new DataError(
      'contiguousWindows',
      `${length} ids fill no window: ${batchSize} rows × ${window} steps need ${needed}. Take a longer text, a smaller batchSize or window, or tail: 'keep'.`,
      { length, needed, batchSize, window },
    );
  }
  const rectangles: Rectangle[] = [];
  for (let from = 0; from + window <= rowLength; from += window) {
    rectangles.push({ rows: batchSize, from, steps: window });
  }
  const starts = Array.from({ length: batchSize }, (_, row) => row * rowLength);
  return { starts, rectangles };
}

function everything(length: number, batchSize: number, window: number): Layout {
  const predictions = length - 1;
  if (predictions < 1) {
    const words = `${length} ids hold nothing to predict; at least 2 are needed. Is the text empty?`;
    throw new DataError('contiguousWindows', words, { length });
  }
  // A row shorter than a window would be judged without the context that the window grants it.
  const rows = Math.max(1, Math.min(batchSize, Math.floor(predictions / window)));
  const rowLength = Math.floor(predictions / rows);
  // The first rows are one step longer, so that nothing is left.
  const longer = predictions - rows * rowLength;
  const rectangles: Rectangle[] = [];
  for (let from = 0; from < rowLength; from += window) {
    rectangles.push({ rows, from, steps: Math.min(window, rowLength - from) });
  }
  if (longer > 0) rectangles.push({ rows: longer, from: rowLength, steps: 1 });
  const starts = Array.from({ length: rows }, (_, row) => row * rowLength + Math.min(row, longer));
  return { starts, rectangles };
}
