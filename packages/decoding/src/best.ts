/** The `count` items with the highest scores, best first; of equals the earlier one. Items of −Infinity never are. */
export class Best<T> {
  readonly #count: number;
  readonly #items: { readonly score: number; readonly item: T }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** Below or at this score nothing can get in any more. */
  get threshold(): number {
    const { length } = this.#items;
    return length < this.#count ? Number.NEGATIVE_INFINITY : this.#items[length - 1].score;
  }

  offer(score: number, item: T): void {
    if (!(score > this.threshold)) return;
    const at = this.#items.findIndex((other) => score > other.score);
    this.#items.splice(at < 0 ? this.#items.length : at, 0, { score, item });
    if (this.#items.length > this.#count) this.#items.pop();
  }

  get items(): T[] {
    return this.#items.map(({ item }) => item);
  }
}
