import { type Batch, type Batches, type BatchesOptions, checkValue, integer, required } from '@agoge/core';
import { hashOf } from './hash-of';
import { checkBatches } from './order';
import { joinRows, selectRows } from './rows';

/**
 * The first `n` examples of some data, with the numbers they have there.
 *
 * A shuffled epoch is the data's, less the examples that are not taken (so it reads all of the data); without a seed, no
 * more is read than is needed. `hash` is the SHA-256 of the data's hash and `n`.
 *
 * @param n from 1 to `data.examples`; else a `RangeError`
 *
 * @example
 * const few = take(digits({ split: 'test' }), 100);
 */
export function take(data: Batches, n: number): Batches {
  checkValue('take', 'n', n, required(integer({ min: 1, max: data.examples })));
  return {
    examples: n,
    classes: data.classes,
    bounds: data.bounds,
    shape: data.shape,
    get hash() {
      return hashOf(`${data.hash} take ${n}`);
    },
    batches(options) {
      checkBatches('batches', options, n);
      return taken(data, n, options);
    },
  };
}

/** Examples numbered below `n`, less the first `from`, in batches anew. */
async function* taken(data: Batches, n: number, { from = 0, ...options }: BatchesOptions): AsyncGenerator<Batch> {
  const { batchSize } = options;
  let skip = from;
  let left = n - from;
  if (left === 0) return;
  let pending: Batch | undefined;
  for await (const batch of data.batches(options)) {
    const places = [...batch.index.keys()].filter((place) => batch.index[place] < n);
    const kept = places.slice(skip);
    skip -= places.length - kept.length;
    left -= kept.length;
    const some = selectRows(batch, kept);
    pending = pending ? joinRows(pending, some) : some;
    while (pending.shape[0] >= batchSize) {
      yield selectRows(pending, range(0, batchSize));
      pending = selectRows(pending, range(batchSize, pending.shape[0]));
    }
    if (left === 0) break;
  }
  if (pending && pending.shape[0] > 0) yield pending;
}

const range = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);
