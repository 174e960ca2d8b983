/** One unit in the last place of float32 and float64, relative to 1. */
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/**
 * How far numbers may be apart: every test quotes this file. All are relative to the largest magnitude of what is
 * expected, `max |a − b| ≤ tolerance · max |b|`, except where a function says otherwise.
 */
export const tolerances = {
  /** Against fixtures made elsewhere (PyTorch, NumPy), by dtype, on CPU backends. */
  fixture: { float64: 1e-9, float32: 1e-5 },
  /** Against fixtures on a GPU, float32. */
  fixtureOnGpu: 1e-4,
  /** Derivatives against central differences in float64, relative to max |gradient|. */
  gradcheck: 1e-6,
  /** Step of those differences. */
  gradcheckStep: 1e-5,
} as const;

/**
 * "To rounding": `4 ε √k`, times the number of steps where there is a recurrence.
 *
 * @param k - Length of the longest sum behind an element.
 * @param steps - Steps of the recurrence, 1 without.
 */
export function roundingTolerance(
  k: number,
  steps = 1,
  dtype: 'float32' | 'float64' = 'float32',
): number {
  return 4 * EPSILON[dtype] * Math.sqrt(Math.max(k, 1)) * steps;
}

/**
 * `max |a − b| / max |b|` over the finite elements (`max |a − b|` when b is all zeros). NaN and infinity must stand where
 * they are expected, else the error is infinite.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i];
    const b = expected[i];
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    worst = Math.max(worst, Number.isFinite(a - b) ? Math.abs(a - b) : Number.POSITIVE_INFINITY);
  }
  return worst === 0 ? 0 : worst / (scale === 0 ? 1 : scale);
}
