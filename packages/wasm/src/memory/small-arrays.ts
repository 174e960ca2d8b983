/** Floats of one array that several results share: a few steps' states, so that one kept state holds little else alive. */
const SHARED = 4096;
/** Floats of a result that is small enough for it. */
const SMALL = 1024;

/** Arrays for results. Small ones are cut from a larger one: making an array costs more than filling a small one. */
export class SmallArrays {
  #shared = new Float32Array();
  #used = 0;

  /** A copy of floats. */
  copy(floats: Float32Array, start: number, length: number): Float32Array {
    if (length > SMALL) return floats.slice(start, start + length);
    if (this.#used + length > this.#shared.length) {
      this.#shared = new Float32Array(SHARED);
      this.#used = 0;
    }
    const out = this.#shared.subarray(this.#used, this.#used + length);
    this.#used += length;
    for (let i = 0; i < length; i++) out[i] = floats[start + i];
    return out;
  }
}
