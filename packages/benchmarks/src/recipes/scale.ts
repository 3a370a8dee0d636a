import { presets, type TrainingPlan, trainingPlan, withEpochs } from '@agoge/adv-train/presets';
import type { Recipe } from './recipe';

/** How large a recipe is run: what is divided by. */
export const scales = { full: 1, small: 8, tiny: 64 } as const;
export type Scale = keyof typeof scales;

/** A recipe at a scale. */
export interface ScaledRecipe extends Recipe {
  readonly training: TrainingPlan;
  /** How many of so many images it takes. */
  imagesOf(all: number): number;
}

/**
 * A recipe made smaller by one rule: width, images (for training, held out and for the test) and epochs are divided by 1
 * (`full`), 8 (`small`) or 64 (`tiny`), and rounded up. What the schedule counts in epochs moves with them; depth, batch size,
 * learning rate and attacks stay.
 */
export function scaled(recipe: Recipe, scale: Scale): ScaledRecipe {
  const divided = (whole: number) => Math.ceil(whole / scales[scale]);
  const { network, heldOut, preset } = recipe;
  const training = trainingPlan(presets[preset]);
  return {
    ...recipe,
    network: { ...network, options: { ...network.options, width: divided(network.options.width) } },
    heldOut: divided(heldOut),
    training: withEpochs(training, divided(training.epochs)),
    imagesOf: divided,
  };
}
