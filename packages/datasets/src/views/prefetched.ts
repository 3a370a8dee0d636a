import { type Batch, type Batches, checkOptions, integer } from '@agoge/core';
import { derived } from './derived';
import { checkBatches } from './order';

export interface PrefetchedOptions {
  /** How many batches are read ahead. Default 2. */
  depth?: number;
}

/**
 * The same batches, read ahead while the caller computes.
 *
 * Reading takes turns with the caller on the event loop: it goes on while the caller waits, as for a backend that computes
 * natively or on a GPU, not while it computes in JavaScript. Up to `depth` batches lie ready or are being read, beside the
 * one that the caller has. An error of the source comes in place of the batch that failed, after those before it; an abort
 * comes in place of the next batch, whatever lies ready. Who leaves the loop ends the reading.
 *
 * @example
 * const training = prefetched(augmented(cifar, randomFlip()), { depth: 2 });
 */
export function prefetched(data: Batches, { depth = 2, ...others }: PrefetchedOptions = {}): Batches {
  checkOptions('prefetched', { depth, ...others }, { depth: integer({ min: 1 }) });
  return derived(data, {
    batches(options) {
      checkBatches('batches', options, data.examples);
      const { signal, holds, ...request } = options;
      const reins = new AbortController();
      const source = data.batches({
        ...request,
        ...(holds !== undefined && { holds: holds + depth }),
        signal: reins.signal,
      });
      return ahead(source, depth, reins, signal);
    },
  });
}

async function* ahead(
  source: AsyncIterable<Batch>,
  depth: number,
  reins: AbortController,
  signal?: AbortSignal,
): AsyncGenerator<Batch> {
  signal?.throwIfAborted();
  const abort = () => reins.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<Batch>>[] = [];
  let before: Promise<unknown> = Promise.resolve();
  const read = () => {
    const next = before.then(() => {
      reins.signal.throwIfAborted();
      return iterator.next();
    });
    // Whoever takes it meets its error; who leaves before need not. The next is not read before the caller had its turn.
    before = next.then(turn, () => reins.abort());
    ready.push(next);
  };
  try {
    for (let i = 0; i < depth; i++) read();
    for (let next = ready.shift(); next; next = ready.shift()) {
      const { done, value } = await next;
      signal?.throwIfAborted();
      if (done) return;
      read();
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    reins.abort();
    await iterator.return?.();
  }
}

/** Lets the event loop turn, so that what the caller has begun goes first. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
