import { said } from '@agoge/core';
import type { Context } from '../terminal';
import type { Trained } from '../training-run';
import { type TrainCommand, train } from './train';
import type { TrainRecipeCommand } from './train-recipe';

/** What is said of a training, by a recipe or by options. */
export type NamedTraining = TrainCommand & Partial<TrainRecipeCommand>;

/** What only a recipe takes. */
const ofRecipes = { scale: '--scale', synthetic: '--synthetic' };
/** What a recipe says itself. */
const ofRecipe = {
  arch: '--arch',
  objective: '--objective',
  objectiveOptions: '--objective-options',
  norm: '--norm',
  eps: '--eps',
  learningRate: '--learning-rate',
};

/** One training, by a recipe or by options. */
export async function trained(options: NamedTraining, given: readonly string[], context: Context): Promise<Trained> {
  const { recipe } = options;
  const [foreign, why] =
    recipe === undefined
      ? [ofRecipes, 'belongs to a recipe: give --recipe with it']
      : [ofRecipe, `cannot be given with --recipe ${recipe}, which says it`];
  const wrong = given.find((name) => Object.hasOwn(foreign, name));
  if (wrong !== undefined) throw said(new TypeError(`agoge train: ${foreign[wrong as keyof typeof foreign]} ${why}`));
  if (recipe === undefined) return train(options, context);
  const { trainRecipe } = await import('./train-recipe');
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => given.includes(name)));
  return trainRecipe(own as unknown as TrainRecipeCommand, context);
}
