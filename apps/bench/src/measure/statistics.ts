/** The middle value, the mean of the two middle ones where there are two. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median: needs at least one value');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** The mean of factors. @throws RangeError for no values, or values not above 0 */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0 || values.some((x) => !(x > 0))) {
    throw new RangeError(`geometricMean: needs values above 0; got [${values.join(', ')}]`);
  }
  return Math.exp(values.reduce((total, x) => total + Math.log(x), 0) / values.length);
}

/**
 * p of the law y = a·xᵖ that fits best: the slope of the straight line through (log x, log y), by least squares.
 *
 * @throws RangeError for fewer than two points
 */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.length < 2) throw new RangeError('exponent: needs at least two points');
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)]);
  const mean = (axis: number) => logs.reduce((total, p) => total + p[axis], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const above = logs.reduce((total, [x, y]) => total + (x - meanX) * (y - meanY), 0);
  return above / logs.reduce((total, [x]) => total + (x - meanX) ** 2, 0);
}

/** How far a is from b, as a share of b. */
export function difference(a: number, b: number): number {
  return Math.abs(a - b) / b;
}
