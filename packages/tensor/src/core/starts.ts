/** Where each of some parts begins when they follow each other. */
export function startsOf(sizes: readonly number[]): number[] {
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return from - size;
  });
}
