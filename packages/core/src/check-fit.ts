import type { Batches, Classifier } from './contracts';
import { said, show } from './errors';

/**
 * Checks that data are a model's: not empty, of its classes, in its bounds.
 *
 * @param who the function called, for messages
 * @param what the data's name there
 * @throws RangeError naming the value: `fit: data must have the model's 10 classes, got 2`
 */
export function checkFit(
  who: string,
  what: string,
  model: Pick<Classifier, 'classes' | 'bounds'>,
  { examples, classes, bounds }: Pick<Batches, 'examples' | 'classes' | 'bounds'>,
): void {
  const refuse = (message: string) => {
    throw said(new RangeError(`${who}: ${what} must ${message}`));
  };
  if (examples === 0) refuse('not be empty, got 0 examples');
  if (classes !== model.classes) refuse(`have the model's ${model.classes} classes, got ${classes}`);
  if (bounds.some((bound, i) => bound !== model.bounds[i])) {
    refuse(`have the model's bounds ${show([...model.bounds])}, got ${show([...bounds])}`);
  }
}
