import { checkValue, number, required } from '@agoge/core';

/**
 * Quantile of Student's t distribution, for any degrees of freedom above 0: the `t` that a share `p` lies below.
 *
 * Found by halving on the distribution function `1 - I(d / (d + t²); d / 2, 1 / 2) / 2`, with `I` the regularised incomplete
 * beta function, to 1e-12 of its size.
 *
 * Student, The probable error of a mean, Biometrika 6 (1908).
 *
 * @param p above 0 and below 1
 * @param degrees of freedom; 1e9 and more give the normal distribution's
 * @example
 * studentQuantile(0.975, 4).toFixed(3); // 2.776
 */
export function studentQuantile(p: number, degrees: number): number {
  checkValue('studentQuantile', 'p', p, required(number({ above: 0, below: 1 })));
  checkValue('studentQuantile', 'degrees', degrees, required(number({ above: 0 })));
  if (p < 0.5) return -studentQuantile(1 - p, degrees);
  if (p === 0.5) return 0;
  const d = Math.min(degrees, 1e9);
  // Beyond t, on one side: I(x; d/2, 1/2) / 2 with x = d / (d + t²), and 1 - x written out, which would cancel.
  const beyond = (t: number) => incompleteBeta(d / (d + t * t), (t * t) / (d + t * t), d / 2, 0.5) / 2;
  let [low, high] = [0, 1];
  while (beyond(high) > 1 - p) [low, high] = [high, 2 * high];
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (beyond(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function at `x`, where `y = 1 - x`, by its continued fraction on the side where that is short. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x === 0 || y === 0) return x === 0 ? 0 : 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(y, b, a)) / b;
}

/** Lentz's way through the continued fraction of DLMF 8.17.22. */
function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    let factor = 1;
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return value;
}

/** For large `a` the difference of two logarithms would keep few digits: there by Stirling's series of it. */
function logBeta(a: number, b: number): number {
  if (a < 1e5) return logGamma(a) + logGamma(b) - logGamma(a + b);
  return logGamma(b) - b * Math.log(a) - (b * (b - 1)) / (2 * a);
}

/** Stirling's series, after moving to where it is exact to float64. */
function logGamma(z: number): number {
  if (z < 12) return logGamma(z + 1) - Math.log(z);
  const square = 1 / (z * z);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
