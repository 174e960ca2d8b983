/** How often values fell into equal bins. */
export interface Histogram {
  /** One more than there are counts; a bin holds its lower edge, the last one both. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Counts values in equal bins between two ends; what lies beyond counts in the bin at that end. */
export function histogram(
  values: ArrayLike<number>,
  [from, to]: readonly [number, number],
  bins: number,
): Histogram {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(((values[i] - from) / (to - from)) * bins);
    if (!Number.isNaN(bin)) counts[Math.min(Math.max(bin, 0), bins - 1)]++;
  }
  return {
    edges: Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins),
    counts,
  };
}
