import { type Batch, type Batches, type BatchesOptions, checkValue, fn, refusal, required, said } from '@agoge/core';
import { drawnSeed } from './drawn-seed';
import { batchesRule } from './validation';

/** An augmentation, as those of `@agoge/datasets`: new images for old, by noise of (seed, `batch.index`, epoch). */
type Augment = (batch: Batch, key: { seed: number; epoch: number }) => Batch;

/**
 * Each image twice in a row, augmented each time by noise of its own: what the `consistency` of {@link trades} compares.
 *
 * An epoch has twice as many examples, and `batchSize` counts views, so it must be even: 128 views are 64 images. Their numbers are
 * `2i` and `2i + 1`. Without a seed, as for evaluation, images come unchanged.
 *
 * @param data images that are not augmented yet
 * @param augment such as `compose(randomCrop({ padding: 4 }), randomFlip())`
 * @throws TypeError for what was given; RangeError for an odd `batchSize` or `from`
 * @example
 * const training = twoViews(cifar, compose(randomCrop({ padding: 4 }), randomFlip()));
 */
export function twoViews(data: Batches, augment: Augment): Batches {
  checkValue('twoViews', 'data', data, batchesRule);
  checkValue('twoViews', 'augment', augment, required(fn));
  const { classes, bounds, shape } = data;
  return {
    ...{ examples: 2 * data.examples, classes, bounds, shape },
    get hash() {
      return `${data.hash} twice`;
    },
    async *batches(options) {
      for await (const batch of data.batches(halved(options))) {
        const { seed, epoch = 0 } = options;
        const view = (which: number) =>
          seed === undefined
            ? batch
            : augment(batch, { seed: which === 0 ? seed : drawnSeed({ seed, stream: 'views/other' }), epoch });
        yield paired(view(0), view(1));
      }
    },
  };
}

function halved({ batchSize, from = 0, ...options }: BatchesOptions): BatchesOptions {
  for (const [what, value] of Object.entries({ batchSize, from })) {
    if (value % 2 !== 0) throw said(new RangeError(refusal('batches', what, 'even, for pairs of views', value)));
  }
  return { ...options, batchSize: batchSize / 2, from: from / 2 };
}

/** The examples of two batches in turn. */
function paired(one: Batch, other: Batch): Batch {
  const [n, ...item] = one.shape;
  const zip = <A extends Float32Array | Float64Array | Int32Array | Uint8Array>(a: A, b: A): A => {
    const width = a.length / n;
    const out = new (a.constructor as new (length: number) => A)(2 * a.length);
    for (let i = 0; i < n; i++) {
      out.set(a.subarray(i * width, (i + 1) * width), 2 * i * width);
      out.set(b.subarray(i * width, (i + 1) * width), (2 * i + 1) * width);
    }
    return out;
  };
  const index = zip(one.index, other.index).map((each, i) => 2 * each + (i % 2));
  return {
    ...{ x: zip(one.x, other.x), shape: [2 * n, ...item], y: zip(one.y, other.y), index },
    ...(one.target && other.target && { target: zip(one.target, other.target) }),
    ...(one.extra && other.extra && { extra: zip(one.extra, other.extra) }),
  };
}
