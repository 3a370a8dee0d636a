import { type BatchesOptions, checkOptions, integer, permutation, required, runRules } from '@agoge/core';

const wholeNumber = integer({ min: 0 });

/** Checks what `batches` was called with, of a set of so many examples. */
export function checkBatches(who: string, options: BatchesOptions, examples: number): void {
  checkOptions(who, options, {
    batchSize: required(integer({ min: 1 })),
    seed: wholeNumber,
    epoch: wholeNumber,
    from: integer({ min: 0, max: examples }),
    holds: integer({ min: 1 }),
    signal: runRules.signal,
  });
}

/**
 * The order of an epoch: a permutation keyed by (seed, stream `epoch/N`), epoch 0 unless said; without a seed, 0, 1, 2 ...
 */
export function orderOf(examples: number, { seed, epoch = 0 }: Pick<BatchesOptions, 'seed' | 'epoch'>): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: examples }, (_, i) => i);
  return permutation({ seed, stream: `epoch/${epoch}` }, examples);
}
