import { type Batch, type Batches, checkValue, fn, required } from '@agoge/core';
import { derived } from './derived';

/** What the noise of an augmentation is keyed by, beside each example's own number. */
export interface AugmentKey {
  seed: number;
  epoch: number;
}

/** New images for old, each changed by its own noise, keyed by (seed, `batch.index`, epoch); the old batch stays as it is. */
export type Augment = (batch: Batch, key: AugmentKey) => Batch;

/**
 * Batches whose images are changed on their way, for training.
 *
 * The noise is keyed by (seed, absolute example, epoch): the same whatever the batch size and order. Batches that are asked
 * for without a seed, as for evaluation, come unchanged. Everything else, the `hash` too, is the data's own.
 *
 * @param data where the images come from
 * @param augment such as {@link randomCrop}, {@link randomFlip}, or several by {@link compose}
 *
 * @example
 * const training = augmented(cifar, compose(randomCrop({ padding: 4 }), randomFlip()));
 */
export function augmented(data: Batches, augment: Augment): Batches {
  checkValue('augmented', 'augment', augment, required(fn));
  return derived(data, {
    batches(options) {
      const source = data.batches(options);
      const { seed, epoch = 0 } = options;
      return seed === undefined ? source : map(source, (batch) => augment(batch, { seed, epoch }));
    },
  });
}

async function* map(source: AsyncIterable<Batch>, change: (batch: Batch) => Batch) {
  for await (const batch of source) yield change(batch);
}

/**
 * One augmentation of several, applied from left to right.
 *
 * @example
 * compose(randomCrop({ padding: 4 }), randomFlip());
 */
export function compose(...augmentations: readonly Augment[]): Augment {
  augmentations.forEach((each, i) => {
    checkValue('compose', `augmentation ${i}`, each, required(fn));
  });
  return (batch, key) => augmentations.reduce((current, augment) => augment(current, key), batch);
}
