/**
 * What kernels may call, in the JavaScript that gpu.js translates. The device's own functions are used where they are
 * exact enough everywhere; the others are written out, because shading languages promise little: a logarithm near 1, a
 * sine of a large number, a power of a negative one. A real number is written with digits after the point only where
 * JavaScript keeps them: gpu.js looks at values.
 */
export interface KernelFunction {
  readonly source: string;
  /** How many numbers it takes; it gives one. */
  readonly args: number;
}

const f = (args: number, source: string): KernelFunction => ({ args, source });

export const functions: readonly KernelFunction[] = [
  // ⌊i/n⌋ for whole numbers; a division may be wrong in its last bit.
  f(
    2,
    `function quotient(i, n) {
      let q = Math.floor(i / n);
      const r = i - q * n;
      if (r < 0) { q = q - 1; }
      if (r >= n) { q = q + 1; }
      return q;
    }`,
  ),
  f(1, 'function signOf(x) { return x > 0 ? 1 : (x < 0 ? -1 : x); }'),
  f(1, 'function truncated(x) { return x < 0 ? Math.ceil(x) : Math.floor(x); }'),
  // NaN on either side wins. Only equality says whether x is NaN: WGSL's inequality is false for it.
  f(2, 'function least(a, b) { return a < b || !(a === a) ? a : b; }'),
  f(2, 'function greatest(a, b) { return a > b || !(a === a) ? a : b; }'),
  f(1, 'function exponential(x) { return x === x ? Math.exp(x) : x; }'),
  // ln(1 + x) near 0 as 2·artanh(x/(2 + x)), which converges fast.
  f(
    1,
    `function lnNear1(x) {
      const s = x / (2 + x);
      const z = s * s;
      return 2 * s * (1 + z * (1 / 3 + z * (0.2 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z / 13))))));
    }`,
  ),
  // −∞ at 0, NaN below.
  f(
    1,
    `function lnElsewhere(x) {
      if (x > 0) { return Math.log(x); }
      if (x === 0) { return -1 / Math.abs(x); }
      return Math.sqrt(x);
    }`,
  ),
  f(1, 'function lnPlus1(x) { return x > -0.3 && x < 0.5 ? lnNear1(x) : lnElsewhere(1 + x); }'),
  f(1, 'function ln(x) { return x > 0.7 && x < 1.5 ? lnNear1(x - 1) : lnElsewhere(x); }'),
  // The series up to x⁹/9!.
  f(
    1,
    `function expMinus1(x) {
      if (x > -0.5 && x < 0.5) {
        return x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7 * (1 + x / 8 * (1 + x / 9))))))));
      }
      return exponential(x) - 1;
    }`,
  ),
  f(
    1,
    `function logistic(x) {
      const e = exponential(-Math.abs(x));
      return x < 0 ? e / (1 + e) : 1 / (1 + e);
    }`,
  ),
  f(
    1,
    `function hyperbolicTangent(x) {
      const e = expMinus1(-2 * Math.abs(x));
      const y = -e / (2 + e);
      return x < 0 ? -y : y;
    }`,
  ),
  // The series up to x¹³ around 0; beyond, Chebyshev's fit of erfc (Press et al., Numerical Recipes, 6.2), error 1.2e-7.
  f(
    1,
    `function errorFunction(x) {
      const a = Math.abs(x);
      if (a < 0.5) {
        const z = x * x;
        return 1.1283791670955126 * x * (1 + z * (-1 / 3 + z * (0.1 + z * (-1 / 42 + z * (1 / 216 + z * (-1 / 1320 + z / 9360))))));
      }
      const t = 1 / (1 + 0.5 * a);
      const p = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
        + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
      const y = 1 - t * exponential(p - a * a);
      return x < 0 ? -y : y;
    }`,
  ),
  // x − n·π/2 in three parts, exact up to |x| = 8192 (Moshier, Cephes); sine and cosine of what is left.
  f(
    2,
    'function reduced(x, n) { return ((x - n * 1.5703125) - n * 0.0004837512969970703) - n * 7.549789954891e-8; }',
  ),
  f(
    1,
    `function sineNear0(r) {
      const z = r * r;
      return r + r * z * (-0.16666654611 + z * (0.0083321608736 - z * 0.00019515295891));
    }`,
  ),
  f(
    1,
    `function cosineNear0(r) {
      const z = r * r;
      return 1 - 0.5 * z + z * z * (0.04166664568298827 + z * (-0.001388731625493765 + z * 0.00002443315711809948));
    }`,
  ),
  // The sine of x + k·π/2.
  f(
    2,
    `function quarterSine(x, k) {
      const n = Math.floor(x * 0.6366197723675814 + 0.5);
      const r = reduced(x, n);
      const m = n + k;
      const quadrant = m - 4 * Math.floor(m * 0.25);
      const y = quadrant === 1 || quadrant === 3 ? cosineNear0(r) : sineNear0(r);
      return quadrant > 1.5 ? -y : y;
    }`,
  ),
  // Whole exponents by multiplication, whatever the sign of a; others as e^(b·ln a), NaN for a < 0.
  f(
    2,
    `function power(a, b) {
      if (b === 0 || a === 1) { return 1; }
      const n = Math.abs(b);
      if (n === Math.floor(n) && n <= 16) {
        let y = 1;
        for (let i = 0; i < 16; i++) {
          if (i < n) { y = y * a; }
        }
        return b < 0 ? 1 / y : y;
      }
      const y = exponential(b * ln(Math.abs(a)));
      if (a >= 0 || a < -3.402823e38) { return y; }
      if (!(b === Math.floor(b))) { return Math.sqrt(a); }
      return b * 0.5 === Math.floor(b * 0.5) ? y : -y;
    }`,
  ),
];
