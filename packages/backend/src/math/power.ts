import { exponentOf, mantissaOf, powerOfTwo } from './bits.ts';
import { exp } from './exp.ts';

/** A number as the unevaluated sum of two doubles: about 106 bits. */
interface Double2 {
  readonly high: number;
  readonly low: number;
}

const LN2: Double2 = { high: Math.LN2, low: 2.3190468138462996e-17 };
const TWO_THIRDS: Double2 = { high: 0.6666666666666666, low: 3.700743415417188e-17 };

/** a + b when |a| ≥ |b|, without loss (Dekker 1971). */
function quickSum(a: number, b: number): Double2 {
  const high = a + b;
  return { high, low: b - (high - a) };
}

/** a · b without loss, by splitting each factor into two halves (Veltkamp, Dekker 1971). */
function product(a: number, b: number): Double2 {
  const high = a * b;
  const ca = 134217729 * a;
  const cb = 134217729 * b;
  const a1 = ca - (ca - a);
  const b1 = cb - (cb - b);
  const a2 = a - a1;
  const b2 = b - b1;
  return { high, low: a1 * b1 - high + a1 * b2 + a2 * b1 + a2 * b2 };
}

function multiply(a: Double2, b: Double2): Double2 {
  const p = product(a.high, b.high);
  return quickSum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

/** a + b when |a| ≥ |b| or a is 0. */
function add(a: Double2, b: Double2): Double2 {
  const s = quickSum(a.high, b.high);
  return quickSum(s.high, s.low + a.low + b.low);
}

/** (a / b) for doubles. */
function quotient(a: number, b: Double2): Double2 {
  const q = a / b.high;
  const p = product(q, b.high);
  return quickSum(q, (a - p.high - p.low - q * b.low) / b.high);
}

/** 2·(s⁵/5 + s⁷/7 + …), |s| ≤ 0.172. */
function tail(s: number): number {
  const z = s * s;
  let y = 0;
  for (let n = 25; n >= 5; n -= 2) y = y * z + 2 / n;
  return y * z * z * s;
}

/** log(x) for a finite x > 0 to about 2⁻⁶⁴ of its value: as in `log`, with the first two terms in two doubles. */
function logPrecise(x: number): Double2 {
  if (x < 2.2250738585072014e-308) {
    return add(logPrecise(x * powerOfTwo(54)), multiply(LN2, { high: -54, low: 0 }));
  }
  let k = exponentOf(x);
  let m = mantissaOf(x);
  if (m > Math.SQRT2) {
    m *= 0.5;
    k += 1;
  }
  const f = m - 1;
  const s = quotient(f, quickSum(2, f));
  const cube = multiply(multiply(s, s), s);
  const two = { high: 2 * s.high, low: 2 * s.low };
  const logM = add(add(two, multiply(TWO_THIRDS, cube)), { high: tail(s.high), low: 0 });
  return k === 0 ? logM : add(multiply(LN2, { high: k, low: 0 }), logM);
}

/** |x|ʸ for a finite x ≠ 0. */
function positivePower(x: number, y: number): number {
  const l = logPrecise(x);
  const t = multiply(l, { high: y, low: 0 });
  if (t.high > 709.79) return Number.POSITIVE_INFINITY;
  if (t.high < -745.14) return 0;
  const e = exp(t.high);
  return e + e * t.low;
}

/**
 * xʸ within 2 ulp. y = −2, −1, 1, 2, 3, 4 by products; else exp(y·log x) with the logarithm in two doubles. As IEEE 754's pow:
 * x⁰ = 1 and 1ʸ = 1 even for NaN (Math.pow says NaN to the second), NaN for x < 0 and a fraction y.
 */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const whole = Math.floor(y) === y;
  if (whole && y >= -2 && y <= 4 && Math.abs(x) > 1e-70 && Math.abs(x) < 1e70) {
    return y > 0 ? smallPower(x, y) : 1 / smallPower(x, -y);
  }
  const odd = whole && Math.abs(y) < 9007199254740992 && Math.floor(y / 2) * 2 !== y;
  const a = Math.abs(x);
  if (a === 1 && Math.abs(y) === Number.POSITIVE_INFINITY) return 1;
  if (a === 0 || a === Number.POSITIVE_INFINITY || Math.abs(y) === Number.POSITIVE_INFINITY) {
    const grows = a > 1 === y > 0;
    const limit = grows ? Number.POSITIVE_INFINITY : 0;
    return odd && (x < 0 || Object.is(x, -0)) ? -limit : limit;
  }
  if (x < 0 && !whole) return Number.NaN;
  const z = positivePower(a, Math.abs(y) > 1e300 ? (y > 0 ? 1e300 : -1e300) : y);
  return odd && x < 0 ? -z : z;
}

function smallPower(x: number, n: number): number {
  if (n === 1) return x;
  const square = x * x;
  if (n === 2) return square;
  return n === 3 ? square * x : square * square;
}
