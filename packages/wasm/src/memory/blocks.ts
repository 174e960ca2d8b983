/** Every block begins at a multiple of a cache line. */
export const ALIGNMENT = 64;

/** Bytes in whole lines, one at least. */
export const aligned = (bytes: number): number =>
  Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

interface Range {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Which parts of a range of addresses are taken: a list of the free ones in order, neighbours joined; best fit. It does
 * arithmetic only and owns no memory.
 */
export class Blocks {
  #free: Range[] = [];
  #end: number;
  #used = 0;

  /** @param start - The first address, a multiple of {@link ALIGNMENT}; there is nothing yet. */
  constructor(start: number) {
    this.#end = start;
  }

  /** Bytes that are taken. */
  get used(): number {
    return this.#used;
  }

  /** One past the last address. */
  get end(): number {
    return this.#end;
  }

  /** Bytes that `extend` must add before `take(bytes)` succeeds; 0 where it does already. */
  missing(bytes: number): number {
    if (this.#bestFit(bytes) >= 0) return 0;
    const last = this.#free.at(-1);
    const atEnd = last !== undefined && last.address + last.bytes === this.#end ? last.bytes : 0;
    return aligned(bytes) - atEnd;
  }

  /** Adds addresses at the end. */
  extend(bytes: number): void {
    this.#insert({ address: this.#end, bytes });
    this.#end += bytes;
  }

  /** The address of `bytes` free bytes, rounded up to whole lines; undefined where there are none together. */
  take(bytes: number): number | undefined {
    const at = this.#bestFit(bytes);
    if (at < 0) return undefined;
    const { address, bytes: size } = this.#free[at];
    const taken = aligned(bytes);
    const rest = { address: address + taken, bytes: size - taken };
    this.#free.splice(at, 1, ...(rest.bytes > 0 ? [rest] : []));
    this.#used += taken;
    return address;
  }

  /** Gives a block back: the address and the bytes of its `take`. */
  give(address: number, bytes: number): void {
    this.#insert({ address, bytes: aligned(bytes) });
    this.#used -= aligned(bytes);
  }

  #bestFit(bytes: number): number {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const size = this.#free[i].bytes;
      if (size >= aligned(bytes) && (best < 0 || size < this.#free[best].bytes)) best = i;
    }
    return best;
  }

  #insert({ address, bytes }: Range): void {
    let at = this.#free.findIndex((range) => range.address > address);
    if (at < 0) at = this.#free.length;
    const before = this.#free[at - 1];
    const after = this.#free[at];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    const joined = {
      address: joinsBefore ? before.address : address,
      bytes: bytes + (joinsBefore ? before.bytes : 0) + (joinsAfter ? after.bytes : 0),
    };
    const from = joinsBefore ? at - 1 : at;
    this.#free.splice(from, Number(joinsBefore) + Number(joinsAfter), joined);
  }
}
