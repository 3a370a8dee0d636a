const batches = [1, 2, 3, 4, 5].map((i) => `cifar-10-batches-bin/data_batch_${i}.bin`);
const cifar10 = { train: batches, test: ['cifar-10-batches-bin/test_batch.bin'] };
const cifar100 = { train: ['cifar-100-binary/train.bin'], test: ['cifar-100-binary/test.bin'] };

/**
 * The official binary layouts: the ranges of the label bytes before an image, which of them is meant, of how many classes, and
 * the files of the published archive.
 */
export const cifarKinds = {
  cifar10: { labels: [10], label: 0, classes: 10, files: cifar10 },
  cifar100: { labels: [20, 100], label: 1, classes: 100, files: cifar100 },
  'cifar100-coarse': { labels: [20, 100], label: 0, classes: 20, files: cifar100 },
} as const;

/** An image: three planes, each row by row. */
export const cifarPixels = {
  length: 3072,
  shape: [32, 32, 3],
  strides: { row: 32, column: 1, channel: 1024 },
} as const;

/** Bytes of an image with so many labels. */
export const recordLength = (labels: number): number => labels + cifarPixels.length;
