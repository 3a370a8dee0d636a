import { checkOptions, checkValue, integer, number, type Rules, required } from '@agoge/core';

export interface PoolBoundOptions {
  /** Of the perturbation at each position. Default 1. */
  deviation?: number;
  /** With which the bound holds at least, in (0, 1). Default 0.95. */
  probability?: number;
}

const rules: Rules = { deviation: number({ min: 0 }), probability: number({ above: 0, below: 1 }) };

/**
 * How far average pooling can move what a perturbation does to a map of `size` x `size`, with a probability:
 * `|mean(e)| <= s sqrt(2 log(2 / (1 - p))) / size`. It falls as maps grow.
 *
 * For perturbations `e` of the positions that are independent, of mean 0 and sub-Gaussian with deviation `s`: Hoeffding's
 * bound. This is a READING of RCM's statement that average pooling over a larger map bounds the perturbation more tightly;
 * the paper's own constants are not known to us.
 *
 * Xu and Yang, arXiv 2202.12435 (2022), RCM; W. Hoeffding, J. Am. Stat. Assoc. 58 (1963).
 *
 * @param size positions along one side of the map, 1 or more
 * @throws TypeError, RangeError for an argument of the wrong kind or out of range
 * @example
 * averagePoolBound(8, { deviation: 0.1 }); // 0.034
 */
export function averagePoolBound(size: number, options: PoolBoundOptions = {}): number {
  const { deviation, tail } = checked('averagePoolBound', size, options);
  return (deviation * Math.sqrt(2 * Math.log(2 / tail))) / size;
}

/**
 * As {@link averagePoolBound} for max pooling: `max |e| <= s sqrt(2 log(2 size² / (1 - p)))`, a union bound over the positions,
 * which need not be independent. It grows with the map.
 *
 * @throws TypeError, RangeError for an argument of the wrong kind or out of range
 */
export function maxPoolBound(size: number, options: PoolBoundOptions = {}): number {
  const { deviation, tail } = checked('maxPoolBound', size, options);
  return deviation * Math.sqrt(2 * Math.log((2 * size ** 2) / tail));
}

function checked(who: string, size: number, options: PoolBoundOptions) {
  checkValue(who, 'size', size, required(integer({ min: 1 })));
  checkOptions(who, options, rules);
  const { deviation = 1, probability = 0.95 } = options;
  return { deviation, tail: 1 - probability };
}
