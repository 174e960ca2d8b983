import { math } from '@unroll/backend';

const BASE = 2 ** 256;
const OVER_BASE = 2 ** -256;
/** log 2²⁵⁶ */
export const LOG_BASE = 256 * Math.LN2;
/** The exponent of 0: below all others. */
export const EMPTY = -(2 ** 30);

/**
 * Numbers from 0 to about 1 that do not vanish however small they are: m·(2²⁵⁶)ᵉ, m from 2⁻²⁵⁶ to 1. A difference of two
 * in e is more than a double can hold, so that in a sum the smaller one is nothing.
 */
export class ScaledNumbers {
  readonly m: Float64Array;
  readonly e: Int32Array;

  /** So many zeros. */
  constructor(length: number) {
    this.m = new Float64Array(length);
    this.e = new Int32Array(length).fill(EMPTY);
  }

  /** m·(2²⁵⁶)ᵉ for m from 2⁻⁵¹² to 2²⁵⁶, or 0. */
  set(i: number, m: number, e: number): void {
    if (m < OVER_BASE) {
      this.m[i] = m * BASE;
      this.e[i] = m === 0 ? EMPTY : e - 1;
    } else if (m > 1) {
      this.m[i] = m * OVER_BASE;
      this.e[i] = e + 1;
    } else {
      this.m[i] = m;
      this.e[i] = e;
    }
  }

  /** (x_at + x_{at+by} + skip·x_{at+2by})·m·(2²⁵⁶)ᵉ, skip 0 or 1. */
  setSum(
    i: number,
    x: ScaledNumbers,
    at: number,
    by: number,
    skip: number,
    m: number,
    e: number,
  ): void {
    const third = skip === 1 ? at + 2 * by : at;
    const top = Math.max(x.e[at], x.e[at + by], x.e[third]);
    if (top === EMPTY) {
      this.clear(i);
      return;
    }
    const first = lifted(x.m[at], x.e[at] - top);
    const second = lifted(x.m[at + by], x.e[at + by] - top);
    const last = lifted(x.m[third], x.e[third] - top);
    this.set(i, (first + second + skip * last) * m, top + e);
  }

  /** eˣ, x ≤ 0. */
  setExp(i: number, x: number): void {
    const e = x > -LOG_BASE ? 0 : Math.ceil(x / LOG_BASE);
    if (e === Number.NEGATIVE_INFINITY) this.clear(i);
    else this.set(i, math.exp(x - e * LOG_BASE), e);
  }

  /** 0. */
  clear(i: number): void {
    this.m[i] = 0;
    this.e[i] = EMPTY;
  }
}

/** m·(2²⁵⁶)ᵉ for e ≤ 0, where what is lower than −1 is nothing beside the other terms of a sum. */
export function lifted(m: number, e: number): number {
  if (e === 0) return m;
  return e === -1 ? m * OVER_BASE : 0;
}

/** The number itself. */
export function scaled(m: number, e: number): number {
  if (e === 0) return m;
  if (e > 0) return e === 1 ? m * BASE : m * BASE * BASE;
  return e === -1 ? m * OVER_BASE : 0;
}
