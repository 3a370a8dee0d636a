import type { Batch, Batches, BatchesOptions } from '@agoge/core';

/** Data whose examples' numbers are known before they are read; 0, 1, 2 ... unless given. */
export interface NumberedBatches extends Batches {
  readonly numbers?: Float64Array;
}

/** What data have of their own; all else is another's. */
interface Own {
  examples?: number;
  numbers?: Float64Array;
  /** Called when the hash is first asked for. */
  hash?(): string;
  batches(options: BatchesOptions): AsyncIterable<Batch>;
}

/** Data made of others: the same but for what is given. */
export function derived(data: NumberedBatches, own: Own): NumberedBatches {
  const { examples = data.examples, numbers = data.numbers, hash = () => data.hash, batches } = own;
  return {
    examples,
    classes: data.classes,
    bounds: data.bounds,
    shape: data.shape,
    ...(numbers && { numbers }),
    get hash() {
      return hash();
    },
    batches,
  };
}
