/** One member's part of `length` things, cut at multiples of `unit`. */
export function rangeOf(
  length: number,
  index: number,
  count: number,
  unit: number,
): [from: number, to: number] {
  const units = Math.ceil(length / unit);
  const border = (i: number) => Math.min(length, unit * Math.floor((units * i) / count));
  return [border(index), border(index + 1)];
}

/**
 * Cuts a batch into chunks of about equal work, which is the sum of the lengths: the sequences at which they begin, and
 * the end. It looks at the lengths alone. Chunks begin at multiples of `unit`; the last ones may be empty.
 *
 * @param batchSizes how many sequences reach each step; they stand in order of falling length
 */
export function chunksOf(batchSizes: readonly number[], count: number, unit = 1): number[] {
  const total = batchSizes.reduce((a, b) => a + b, 0);
  const borders = [0];
  let done = 0;
  let length = batchSizes.length;
  for (let row = 0; row < batchSizes[0] && borders.length < count; row += unit) {
    let work = 0;
    for (let i = row; i < Math.min(row + unit, batchSizes[0]); i++) {
      while (batchSizes[length - 1] <= i) length -= 1;
      work += length;
    }
    const goal = (total * borders.length) / count;
    // The rows go where more of them belongs.
    if (row > 0 && done + work / 2 > goal) borders.push(row);
    done += work;
  }
  while (borders.length <= count) borders.push(batchSizes[0]);
  return borders;
}
