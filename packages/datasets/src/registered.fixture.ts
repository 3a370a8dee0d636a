import type { Batches } from '@agoge/core';
import { namedFiles } from './data-files';
import { datasets } from './registry';

/** An IDX file of bytes. */
function idx(shape: readonly number[], byte: (i: number) => number): Uint8Array {
  const head = new Uint8Array(4 + 4 * shape.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size);
  });
  const length = shape.reduce((product, size) => product * size, 1);
  return Uint8Array.of(...head, ...Uint8Array.from({ length }, (_, i) => byte(i)));
}

const idxFiles = namedFiles({
  't10k-images-idx3-ubyte': idx([12, 3, 2], (i) => (i * 37) % 256),
  't10k-labels-idx1-ubyte': idx([12], (i) => i % 10),
});

/** Options by which each registered data set is made, small, of files that are at hand: a row here for every name. */
export const registered: Record<string, object> = {
  digits: { split: 'test' },
  mnist: { files: idxFiles, split: 'test' },
};

/** Every registered data set. */
export const registeredSets: [name: string, make: () => Batches | Promise<Batches>][] = Object.entries(registered).map(
  ([name, options]) => [name, () => datasets[name](options)],
);
