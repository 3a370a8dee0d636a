import { type Batches, checkValue, integer, required } from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { derived } from './derived';
import { checkBatches } from './order';
import { regrouped } from './rows';

/**
 * Some data whose epochs end with their last whole batch: the first `batchSize * floor(examples / batchSize)` examples of
 * each epoch's order, so that shuffled epochs leave out others every time.
 *
 * `examples` is what an epoch has; asked for other batch sizes, it has the same. `hash` is the SHA-256 of the data's hash and
 * `batchSize`.
 *
 * @param batchSize from 1 to `data.examples`; else a `RangeError`
 *
 * @example
 * for await (const batch of wholeBatches(data, 128).batches({ batchSize: 128, seed: 0 })) step(batch);
 */
export function wholeBatches(data: Batches, batchSize: number): Batches {
  checkValue('wholeBatches', 'batchSize', batchSize, required(integer({ min: 1, max: data.examples })));
  const examples = data.examples - (data.examples % batchSize);
  return derived(data, {
    examples,
    hash: () => hashOf(`${data.hash} whole batches of ${batchSize}`),
    batches(request) {
      checkBatches('batches', request, examples);
      const { holds: _, ...options } = request;
      return regrouped(data.batches(options), examples - (options.from ?? 0), options.batchSize);
    },
  });
}
