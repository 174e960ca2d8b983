import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { join, MOST_INPUTS } from '../kernels/join.ts';

/** Where a value lies: row r begins at the element offset + r · stride of a content. */
export interface Place {
  readonly content: Content;
  readonly offset: number;
  readonly stride: number;
}

/**
 * A kernel while it is being written, for one run: buffers and numbers get names as they are needed. All that changes
 * from run to run is a number or a buffer, so that the same text comes out, and is compiled once.
 */
export class KernelText {
  readonly #contents: Content[] = [];
  readonly #numbers: number[] = [];

  buffer(content: Content): string {
    const found = this.#contents.indexOf(content);
    if (found >= 0) return `a${found}`;
    this.#contents.push(content);
    return `a${this.#contents.length - 1}`;
  }

  number(value: number): string {
    this.#numbers.push(value);
    return `n${this.#numbers.length - 1}`;
  }

  /** Element `index` of a row. */
  read({ content, offset, stride }: Place, row: string, index: string): string {
    return `${this.buffer(content)}[${this.start({ content, offset, stride }, row)} + ${index}]`;
  }

  /** Where a row begins. */
  start({ offset, stride }: Place, row: string): string {
    return `${this.number(offset)} + ${row} * ${this.number(stride)}`;
  }

  /** How many more buffers it could read. */
  get room(): number {
    return MOST_INPUTS - this.#contents.length;
  }

  /** Runs it for `rows` rows of `columns`; the body knows `row` and `j`, and returns the element. */
  submit(
    device: Device,
    operation: string,
    rows: number,
    columns: number,
    body: readonly string[],
  ): Content {
    const wide = this.number(columns);
    const lines = this.#contents.length > MOST_INPUTS ? this.#packed(device, body) : body;
    const names = [
      ...this.#contents.map((_, k) => `a${k}`),
      ...this.#numbers.map((_, k) => `n${k}`),
    ];
    return device.submit({
      operation,
      source: `function(${names.join(', ')}) {
  const row = quotient(this.thread.x, ${wide});
  const j = this.thread.x - row * ${wide};
  ${lines.join('\n  ')}
}`,
      inputs: this.#contents,
      numbers: this.#numbers,
      length: rows * columns,
    });
  }

  /** More buffers than a kernel may read are brought together in one. */
  #packed(device: Device, body: readonly string[]): string[] {
    const parts = this.#contents.map((content) => ({ content, offset: 0, length: content.length }));
    let start = 0;
    const starts = parts.map(({ length }) => {
      start += length;
      return this.number(start - length);
    });
    this.#contents.splice(0, this.#contents.length, join(device, parts, 1, 1, 'pack'));
    const moved = (_: string, k: string) => `a0[${starts[Number(k)]} + `;
    return body.map((line) => line.replace(/\ba(\d+)\[/g, moved));
  }
}
