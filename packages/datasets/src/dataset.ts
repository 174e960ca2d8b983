import { IndexError } from '@unroll/backend';

/** Examples by number, `0 … length − 1`. */
export interface Dataset<T> {
  readonly length: number;
  get(index: number): T;
}

/**
 * Examples that are all in memory.
 *
 * @example
 * const numbers = new ArrayDataset([3, 1, 4]);
 * numbers.get(2); // 4
 */
export class ArrayDataset<T> implements Dataset<T> {
  readonly #examples: readonly T[];

  constructor(examples: readonly T[]) {
    this.#examples = examples;
  }

  get length(): number {
    return this.#examples.length;
  }

  /** @throws IndexError when there is no such example */
  get(index: number): T {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return this.#examples[index];
    throw new IndexError('ArrayDataset.get', `index ${index} is outside 0 … ${this.length - 1}`, {
      index,
      length: this.length,
    });
  }
}
