import { type Batches, checkOptions, integer, type Run, runRules, said } from '@agoge/core';
import { type Dataset, dataset } from '../dataset';
import { pixelStore, readerOf } from './pixel-store';

export interface InMemoryOptions extends Partial<Pick<Run, 'signal' | 'onProgress'>> {
  /** Images read at a time. Default 256. */
  batchSize?: number;
}

/**
 * The same examples, all read now and kept in memory: for data that are slow to decode, before they are augmented.
 *
 * Pixels are kept as bytes where every one is a 255th (what float32 has for `k / 255`), a quarter of the size; else as
 * float32: what is read of them is the same to the last bit. Labels, numbers and hash are the data's.
 *
 * @throws the signal's reason, once aborted; Error for data of which fewer or more come than they say
 *
 * @example
 * const training = augmented(await inMemory(photographs), randomFlip());
 */
export async function inMemory(data: Batches, options: InMemoryOptions = {}): Promise<Dataset> {
  const { signal, onProgress: progress } = runRules;
  checkOptions('inMemory', options, { batchSize: integer({ min: 1 }), signal, onProgress: progress });
  const { batchSize = 256, onProgress } = options;
  const { examples, classes, shape, bounds } = data;
  const size = shape[0] * shape[1] * shape[2];
  const pixels = pixelStore(examples * size);
  const labels = new Int32Array(examples);
  const numbers = new Float64Array(examples);
  const targets: Float32Array[] = [];
  const extras: Uint8Array[] = [];
  let done = 0;
  for await (const batch of data.batches({ batchSize, ...(options.signal && { signal: options.signal }) })) {
    const [n] = batch.shape;
    if (done + n > examples) throw said(new Error(`inMemory: more came than the ${examples} examples that data have`));
    pixels.set(batch.x, done * size);
    labels.set(batch.y, done);
    numbers.set(batch.index, done);
    if (batch.target) targets.push(batch.target);
    if (batch.extra) extras.push(batch.extra);
    done += n;
    onProgress?.({ done, total: examples });
  }
  if (done < examples) throw said(new Error(`inMemory: ${done} came of the ${examples} examples that data have`));

  return dataset({
    ...{ shape, classes, bounds, labels, numbers },
    ...(targets.length > 0 && { targets: joined(targets, new Float32Array(examples * classes)) }),
    ...(extras.length > 0 && { extra: joined(extras, new Uint8Array(examples)) }),
    get hash() {
      return data.hash;
    },
    read: readerOf(pixels.whole(), size),
  });
}

function joined<A extends Float32Array | Uint8Array>(parts: readonly A[], whole: A): A {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
