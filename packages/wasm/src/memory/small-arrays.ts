/** Floats of one array that several results share: a few steps' states, so that one kept state holds little else alive. */
const SHARED = 4096;
/** Floats of a result that is small enough for it. */
const SMALL = 1024;
/** Floats from which on a view of them costs less than a loop. */
const LONG = 48;

/** Arrays for results. Small ones are cut from a larger one: making an array costs more than filling a small one. */
export class SmallArrays {
  #shared = new ArrayBuffer(0);
  #used = 0;

  /** Zeros. */
  take(length: number): Float32Array<ArrayBuffer> {
    if (length > SMALL) return new Float32Array(length);
    if (this.#used + 4 * length > this.#shared.byteLength) {
      this.#shared = new ArrayBuffer(4 * SHARED);
      this.#used = 0;
    }
    const out = new Float32Array(this.#shared, this.#used, length);
    this.#used += 4 * length;
    return out;
  }

  /** A copy of floats. */
  copy(floats: Float32Array, start: number, length: number): Float32Array {
    if (length > SMALL) return floats.slice(start, start + length);
    const out = this.take(length);
    if (length >= LONG) out.set(floats.subarray(start, start + length));
    else for (let i = 0; i < length; i++) out[i] = floats[start + i];
    return out;
  }
}
