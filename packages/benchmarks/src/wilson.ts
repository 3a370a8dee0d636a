import { checkValue, integer, number, required } from '@agoge/core';

/** The normal distribution's 97.5 % point: two-sided 95 %. */
const z95 = 1.959963984540054;

/**
 * Wilson's score interval of a proportion: `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with `p = successes / n`.
 *
 * Unlike `p ± z √(p(1-p)/n)` it stays within 0 and 1 and is not empty at p = 0 or 1. It says how far the accuracy on other
 * images of the same kind may lie from the one measured, and nothing of attacks that were not tried.
 *
 * E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22 (1927).
 *
 * @param successes from 0 to n
 * @param n at least 1
 * @param z width in standard deviations; 1.96 (95 %) by default
 * @returns `[low, high]`
 * @example
 * wilson(81, 263).map((each) => each.toFixed(3)); // [ '0.255', '0.366' ]
 */
export function wilson(successes: number, n: number, z = z95): [low: number, high: number] {
  checkValue('wilson', 'n', n, required(integer({ min: 1 })));
  checkValue('wilson', 'successes', successes, required(integer({ min: 0, max: n })));
  checkValue('wilson', 'z', z, number({ above: 0 }));
  const p = successes / n;
  const square = z * z;
  const middle = p + square / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + square / (4 * n * n));
  const scale = 1 + square / n;
  // Rounding leaves 1e-19 where the algebra leaves 0.
  const low = successes === 0 ? 0 : (middle - half) / scale;
  const high = successes === n ? 1 : (middle + half) / scale;
  return [low, high];
}
