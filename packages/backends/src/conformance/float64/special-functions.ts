/**
 * erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)), all of whose terms have one sign, so that nothing
 * cancels; exact to 1e-15, and ±1 from |x| = 6 on, where it is nearer to it than float64 tells.
 */
export function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-17; odd += 2) {
    term *= (2 * x * x) / odd;
    sum += term;
  }
  return Number.isNaN(x) ? x : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erf'(x) = 2/sqrt(pi) exp(-x^2). */
export const erfSlope = (x: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);

/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** log(1 + exp(x)), as max(x, 0) + log1p(exp(-|x|)), which neither overflows nor cancels. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** tanh'(x) = 1 / cosh(x)^2. */
export const tanhSlope = (x: number): number => 1 / Math.cosh(x) ** 2;

/** To the nearest integer, halves to the even one, as IEEE 754 and PyTorch round. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const above = x - below;
  if (above !== 0.5) return above < 0.5 ? below : Math.ceil(x);
  return below % 2 === 0 ? below : below + 1;
}
