import { type RandomKey, words } from '@agoge/core';

/**
 * A number of the Beta distribution with both parameters `alpha`: `a / (a + b)` of two Gamma numbers, in logarithms, so that a
 * small `alpha` gives 0 or 1 and never NaN.
 */
export function symmetricBeta(key: RandomKey, alpha: number): number {
  const [a, b] = ['a', 'b'].map((name) => logGamma({ ...key, stream: `${key.stream}/${name}` }, alpha));
  return 1 / (1 + Math.exp(b - a));
}

/**
 * Logarithm of a number of the Gamma distribution: G. Marsaglia and W. Tsang's rejection of a cubed normal for `shape + 1`, times
 * `u^(1 / shape)` (ACM Transactions on Mathematical Software, 2000).
 */
function logGamma(key: RandomKey, shape: number): number {
  const d = shape + 2 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const part = (word: number) => (word + 0.5) * 2 ** -32;
  // Streams are prefixes of one another: one try in some twenty is rejected, and a longer draw has the next.
  for (let tries = 1; ; tries++) {
    const [radius, angle, accept, power] = words(key, 4 * tries).subarray(4 * (tries - 1));
    const normal = Math.sqrt(-2 * Math.log(part(radius))) * Math.cos(2 * Math.PI * part(angle));
    const cube = (1 + c * normal) ** 3;
    if (cube > 0 && Math.log(part(accept)) < normal ** 2 / 2 + d - d * cube + d * Math.log(cube)) {
      return Math.log(d * cube) + Math.log(part(power)) / shape;
    }
  }
}
