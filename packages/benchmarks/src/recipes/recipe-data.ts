import { type Batches, refusal, said } from '@agoge/core';
import {
  type Augment,
  augmented,
  compose,
  inMemory,
  mix,
  prefetched,
  randomCrop,
  randomFlip,
  split,
} from '@agoge/datasets';
import type { Augmentation } from './recipe';
import type { ScaledRecipe } from './scale';

/** What a recipe trains on, and what it holds out of that. */
export interface RecipeData {
  training: Batches;
  heldOut?: Batches;
}

/** Decoded images up to so many bytes are kept. */
const most = 2 ** 29;

/**
 * The training images that a recipe takes of a set, by class and drawn by chance: those that are held out, and the others,
 * augmented and, where generated images are given, mixed with those.
 */
export async function recipeData(
  { augment, heldOut, imagesOf, synthetic }: ScaledRecipe,
  all: Batches,
  { seed, generated, signal }: { seed: number; generated?: Batches; signal: AbortSignal },
): Promise<RecipeData> {
  if (heldOut > 0 && all.examples <= heldOut) {
    throw said(new RangeError(refusal('agoge train', '--validate', `less than the ${all.examples} images`, heldOut)));
  }
  const taken = Math.min(imagesOf(all.examples - heldOut), all.examples - heldOut);
  const counts = heldOut > 0 ? [heldOut, taken] : [taken];
  const whole = heldOut === 0 && taken === all.examples;
  const parts = whole ? [all] : split(all, { counts, seed });
  const [mine, held] = heldOut > 0 ? [parts[1], parts[0]] : [parts[0]];
  const size = mine.examples * mine.shape.reduce((product, each) => product * each, 1);
  const kept = size <= most ? await inMemory(mine, { signal }) : mine;
  const real = augmentedBy(kept, augment);
  const training = generated && synthetic ? mix(real, generated, { ...synthetic, examples: real.examples }) : real;
  return { training: prefetched(training), ...(held && { heldOut: await inMemory(held, { signal }) }) };
}

const makers: { [Name in Augmentation['name']]: (options: never) => Augment } = { randomCrop, randomFlip };

/** Images as augmentations that are named change them, one after another. */
export function augmentedBy(data: Batches, augment: readonly Augmentation[]): Batches {
  const changes = augment.map(({ name, options }) => makers[name](options as never));
  return changes.length > 0 ? augmented(data, compose(...changes)) : data;
}
