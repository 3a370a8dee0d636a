import { type RandomKey, words } from '@agoge/core';

/** A seed of its own for each key: 53 bits of the generator. */
export function drawnSeed(key: RandomKey): number {
  const [low, high] = words(key, 2);
  return low + (high >>> 11) * 2 ** 32;
}
