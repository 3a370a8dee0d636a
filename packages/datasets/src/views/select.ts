import type { Batch, Batches, BatchesOptions } from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { type Dataset, dataset, isDataset } from '../dataset';
import { derived, type NumberedBatches } from './derived';
import { checkBatches } from './order';
import { pickRows, regrouped, selectRows } from './rows';

/** What a part of some data is: readable by row where the data are. */
export type View<D extends Batches> = D extends Dataset ? Dataset : Batches;

/**
 * Some examples of some data, with the numbers they have there: what `take`, `skip`, `shard`, `split` and `ofClasses` are.
 *
 * Of a {@link Dataset} nothing else is read, and the order of an epoch is the view's own permutation. Of other `Batches`,
 * which come in an order of theirs, an epoch is theirs less the other examples: a shuffled one is read whole; without a seed,
 * reading begins at the first example of the view and ends at its last.
 *
 * @param rows places in the data's absolute order, ascending
 * @param name what the view is, with its options: `hash` is the SHA-256 of the data's hash, a space and this
 */
export function select<D extends Batches>(data: D, rows: Uint32Array, name: string): View<D> {
  const given = (data as NumberedBatches).numbers;
  const numbers = Float64Array.from(rows, (row) => given?.[row] ?? row);
  const hash = () => hashOf(`${data.hash} ${name}`);
  const view = isDataset(data) ? rowsOf(data, rows, numbers, hash) : passing(data, rows, numbers, hash);
  return view as View<D>;
}

function rowsOf(data: Dataset, rows: Uint32Array, numbers: Float64Array, hash: () => string): Dataset {
  const { shape, classes, bounds, labels, extra, targets } = data;
  return dataset({
    shape,
    classes,
    bounds,
    labels: pickRows(labels, rows),
    numbers,
    ...(extra && { extra: pickRows(extra, rows) }),
    ...(targets && { targets: pickRows(targets, rows, classes) }),
    get hash() {
      return hash();
    },
    read: (some, out, signal) => data.read(pickRows(rows, some), out, signal),
  });
}

function passing(data: Batches, rows: Uint32Array, numbers: Float64Array, hash: () => string): NumberedBatches {
  const batches = (options: BatchesOptions) => {
    checkBatches('batches', options, rows.length);
    return inBatches(data, rows, numbers, options);
  };
  return derived(data, { examples: rows.length, numbers, hash, batches });
}

async function* inBatches(
  data: Batches,
  rows: Uint32Array,
  numbers: Float64Array,
  { from = 0, holds: _, ...options }: BatchesOptions,
): AsyncGenerator<Batch> {
  if (from === rows.length) return;
  const isShuffled = options.seed !== undefined;
  const source = data.batches(isShuffled ? options : { ...options, from: rows[from] });
  const kept = among(source, new Set(numbers), isShuffled ? from : 0);
  yield* regrouped(kept, rows.length - from, options.batchSize);
}

/** The examples with some numbers, less the first `skip`. */
async function* among(source: AsyncIterable<Batch>, numbers: Set<number>, skip: number): AsyncGenerator<Batch> {
  let before = skip;
  for await (const batch of source) {
    const places = [...batch.index.keys()].filter((place) => numbers.has(batch.index[place]));
    const kept = places.slice(before);
    before -= places.length - kept.length;
    if (kept.length > 0) yield kept.length === batch.shape[0] ? batch : selectRows(batch, kept);
  }
}
