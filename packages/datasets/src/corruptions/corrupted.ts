import { type Batches, canonicalJson, checkOptions, refusal, said } from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { type Dataset, dataset, isDataset } from '../dataset';
import { derived } from '../views/derived';
import { pickRows } from '../views/rows';
import type { View } from '../views/select';
import { type CorruptOptions, checkChannels, corruptImage, corruptRules } from './corrupt';

export type CorruptedOptions = Omit<CorruptOptions, 'index'>;

/**
 * Data with a common corruption on every image: see {@link corrupt}.
 *
 * The noise belongs to the example's absolute number: batch size and order do not matter. `hash` is the SHA-256 of the data's
 * hash and the options. The data's bounds must be [0, 1] and its images have 1 or 3 channels.
 *
 * @returns a data set of a data set, batches of other batches
 *
 * @example
 * const foggy = corrupted(digits({ split: 'test' }), { corruption: 'fog', severity: 3 });
 */
export function corrupted<D extends Batches>(data: D, options: CorruptedOptions): View<D> {
  checkOptions('corrupted', options, corruptRules);
  const { shape, bounds } = data;
  if (bounds[0] !== 0 || bounds[1] !== 1) {
    throw said(new RangeError(refusal('corrupted', 'bounds of the data', '[0, 1]', bounds)));
  }
  checkChannels('corrupted', shape);
  const { corruption, severity, seed = 0, quantised = true } = options;
  const chosen = { corruption, severity, seed, quantised };
  const size = shape[0] * shape[1] * shape[2];
  const spoil = (x: Float32Array, numbers: ArrayLike<number>, signal?: AbortSignal) => {
    for (let i = 0; i < numbers.length; i++) {
      signal?.throwIfAborted();
      const image = x.subarray(i * size, (i + 1) * size);
      image.set(corruptImage(image, shape, { ...chosen, index: numbers[i] }));
    }
  };
  const hash = () => hashOf(`${data.hash} corrupted ${canonicalJson(chosen)}`);
  const view = isDataset(data) ? rowsOf(data, spoil, hash) : passing(data, spoil, hash);
  return view as View<D>;
}

type Spoil = (x: Float32Array, numbers: ArrayLike<number>, signal?: AbortSignal) => void;

function rowsOf(data: Dataset, spoil: Spoil, hash: () => string): Dataset {
  const { shape, classes, bounds, labels, numbers, extra, targets } = data;
  return dataset({
    ...{ shape, classes, bounds, labels },
    ...(numbers && { numbers }),
    ...(extra && { extra }),
    ...(targets && { targets }),
    get hash() {
      return hash();
    },
    async read(rows, out, signal) {
      await data.read(rows, out, signal);
      spoil(out, numbers ? pickRows(numbers, rows) : rows, signal);
    },
  });
}

function passing(data: Batches, spoil: Spoil, hash: () => string): Batches {
  return derived(data, {
    hash,
    async *batches(request) {
      for await (const batch of data.batches(request)) {
        const x = batch.x.slice();
        spoil(x, batch.index, request.signal);
        yield { ...batch, x };
      }
    },
  });
}
