import { fillWords, type RandomPlace, threefry } from '@unroll/backend';

const wordRange = 2 ** 32;

/**
 * A sequence of random words that is a function of (seed, name) and a place in it. `counter` is the place: how many
 * blocks of 64 bits were taken. A call takes whole blocks, so no half of one is carried over.
 */
export class RandomSource {
  counter = 0;
  #key: Uint32Array;
  readonly #block = new Uint32Array(2);

  constructor(seed: number, name: string) {
    this.#key = streamKey(seed, name);
  }

  /** Starts over, with the key of another seed. */
  reseed(seed: number, name: string): void {
    this.#key = streamKey(seed, name);
    this.counter = 0;
  }

  /** Takes the words for `length` elements, two from each block: where they begin. */
  take(length: number): RandomPlace {
    const place = { key: this.#key, counter: this.counter };
    this.counter += Math.ceil(length / 2);
    return place;
  }

  /** Fills `out` with the next random words. */
  fill(out: Uint32Array): void {
    fillWords(this.take(out.length), out);
  }

  /** The next 64 random bits; the same two words are overwritten by the next call. */
  block(): Uint32Array {
    threefry(this.#key, this.counter | 0, (this.counter / wordRange) | 0, this.#block);
    this.counter += 1;
    return this.#block;
  }

  /** 53 random bits as a number in [0, 1). */
  fraction(): number {
    const block = this.block();
    return fractionOf(block[0], block[1]);
  }

  /** A whole number in [0, range), each equally likely: words of the last, incomplete round are thrown away. */
  below(range: number): number {
    const limit = wordRange - (wordRange % range);
    for (;;) {
      const word = this.block()[0];
      if (word < limit) return word % range;
    }
  }
}

/** The 53 random bits of a block as a number in [0, 1). */
export function fractionOf(first: number, second: number): number {
  return ((first >>> 5) * 2 ** 26 + (second >>> 6)) * 2 ** -53;
}

/**
 * The key of a stream: the UTF-8 bytes of its name, chained through the cipher eight at a time, from the seed on
 * (Matyas, Meyer and Oseas: state ← cipher(state, block) ⊕ block). The last block carries the length, so that no name
 * is the beginning of another.
 */
function streamKey(seed: number, name: string): Uint32Array {
  const key = Uint32Array.of(seed >>> 0, Math.floor(seed / wordRange));
  const bytes = new TextEncoder().encode(name);
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8 + 8));
  for (const [i, byte] of bytes.entries()) padded.setUint8(i, byte);
  padded.setUint32(padded.byteLength - 4, bytes.length, true);
  const out = new Uint32Array(2);
  for (let at = 0; at < padded.byteLength; at += 8) {
    const low = padded.getUint32(at, true);
    const high = padded.getUint32(at + 4, true);
    threefry(key, low, high, out);
    key[0] = out[0] ^ low;
    key[1] = out[1] ^ high;
  }
  return key;
}
