import { arrayOf, checkOptions, integer, normal, number, type Rules } from '@agoge/core';

/** How far the pooled value of a map moves, on average. */
export interface PooledPerturbation {
  /** Positions along one side of the map that is pooled. */
  size: number;
  average: number;
  max: number;
}

export interface PoolingPerturbationOptions {
  /** Sides of the maps. Default 2, 4, 8, 16, as in RCM's experiments. */
  sizes?: readonly number[];
  /** Of the noise. Default 1. */
  deviation?: number;
  /** Maps of each size. Default 10,000. */
  samples?: number;
  /** Default 0. */
  seed?: number;
}

const rules: Rules = {
  sizes: arrayOf(integer({ min: 1 })),
  deviation: number({ min: 0 }),
  samples: integer({ min: 1 }),
  seed: integer({ min: 0 }),
};

/**
 * RCM's experiment on noise: how far average and max pooling of a map that is 0 move when each position is perturbed by noise
 * `e` from N(0, deviation²): the means of `|mean(e)|`, which falls as 1 / size, and of `|max(e)|`, which grows.
 *
 * Each map has numbers of its own, keyed by (seed, its number, its size): more samples go on from fewer.
 *
 * Xu and Yang, arXiv 2202.12435 (2022), RCM.
 *
 * @returns an entry for each size, in their order
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 * @example
 * poolingPerturbation({ sizes: [4, 8] }); // average 0.199 and 0.100, max 1.77 and 2.34
 */
export function poolingPerturbation(options: PoolingPerturbationOptions = {}): PooledPerturbation[] {
  checkOptions('poolingPerturbation', options, rules);
  const { sizes = [2, 4, 8, 16], deviation = 1, samples = 10_000, seed = 0 } = options;
  return sizes.map((size) => {
    let [average, max] = [0, 0];
    for (let index = 0; index < samples; index++) {
      const noise = normal({ seed, index, stream: `poolingPerturbation/${size}` }, size ** 2);
      let [sum, largest] = [0, -Infinity];
      for (const each of noise) {
        sum += each;
        largest = Math.max(largest, each);
      }
      average += Math.abs(sum) / size ** 2;
      max += Math.abs(largest);
    }
    return { size, average: (deviation * average) / samples, max: (deviation * max) / samples };
  });
}
