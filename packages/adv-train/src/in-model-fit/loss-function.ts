import { checkOptions, type Objective, oneOf, refusal, required, said, type Trainable } from '@agoge/core';
import {
  argMax,
  cast,
  clipByValue,
  log,
  oneHot,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { classNumbers } from './batch-source';

export interface LossFunctionOptions {
  /** What the model gives: with a softmax at its end `probabilities`. No default: a wrong guess trains, and badly. */
  outputs: 'logits' | 'probabilities';
}

/** What tfjs's own losses hold probabilities above. */
const smallest = 1e-7;

/**
 * The loss of an objective for `model.compile({ loss })`, where adversarial images come from an `adversarialDataset`.
 *
 * Labels are `[n, classes]`, or class numbers with `fitDataset`. It gives the mean over the batch, so that `classWeight` has no
 * hold; the model's penalty is added by tfjs.
 *
 * @throws TypeError, RangeError for what was given: for an objective, too, whose loss needs the logits of clean images beside those
 *   of adversarial ones, as TRADES, MART and ALP do
 * @example
 * const loss = lossFunction(adversarialTraining({ eps: 8 / 255, labelSmoothing: 0.1 }), { outputs: 'logits' });
 * model.compile({ optimizer: train.sgd(0.1), loss });
 */
export function lossFunction(
  objective: Objective,
  options: LossFunctionOptions,
): (target: Tensor, prediction: Tensor) => Scalar {
  const who = 'lossFunction';
  checkSeesOneImage(who, objective);
  checkOptions(who, options, { outputs: required(oneOf('logits', 'probabilities')) });
  const { outputs } = options;
  return (target, prediction) =>
    tidy(() => {
      const logits = outputs === 'logits' ? prediction : log(clipByValue(prediction, smallest, 1));
      const classes = prediction.shape[1] as number;
      const isSpread = target.rank === 2 && target.shape[1] === classes;
      const wanted = isSpread ? target : cast(oneHot(classNumbers(target, classes), classes), 'float32');
      return lossOfLogits(objective, logits as Tensor2D, wanted as Tensor2D);
    });
}

class NeedsOtherImages extends Error {}

/** The objective's loss at logits `[n, classes]` of the adversarial images, by a model that knows nothing but these. */
function lossOfLogits(objective: Objective, logits: Tensor2D, target: Tensor2D): Scalar {
  const [n, classes] = logits.shape;
  const [x, adversarial] = [1, 2].map(() => zeros([n, 1, 1, 1]) as Tensor4D);
  const forward = (images: Tensor4D) => {
    if (images !== adversarial) throw new NeedsOtherImages();
    return logits;
  };
  const model: Trainable = {
    ...{ classes, bounds: [0, 1], forward, parameters: () => [], buffers: () => [], penalty: () => scalar(0) },
    classifier: () => Object.assign(forward, { classes, bounds: [0, 1] as const }),
  };
  return objective.loss(model, x, adversarial, target, argMax(target, 1));
}

/**
 * Checks that an objective can do with what `model.fit` gives a loss: one pass of the adversarial images.
 *
 * @throws TypeError naming what it needs, and where it gets that
 */
export function checkSeesOneImage(who: string, objective: Objective): void {
  const instead = 'train with fit of @agoge/adv-train';
  if (typeof objective?.perturb !== 'function') {
    throw said(
      new TypeError(refusal(who, 'objective', 'an objective, such as adversarialTraining({ eps })', objective)),
    );
  }
  const { name, advance, replays = 1 } = objective;
  if (advance || replays > 1) {
    throw said(new TypeError(`${who}: ${name} steps on each batch ${replays} times, and model.fit once; ${instead}`));
  }
  try {
    tidy(() => void lossOfLogits(objective, zeros([2, 2]), zeros([2, 2])));
  } catch (error) {
    // Whatever else goes wrong with nothing but zeros tells nothing of the objective.
    if (!(error instanceof NeedsOtherImages)) return;
    const needs = `${name} needs the logits of the clean images beside those of the adversarial ones`;
    const own = 'or in a loop of your own with its perturb and loss';
    throw said(new TypeError(`${who}: ${needs}, and a loss of model.fit sees one of them; ${instead}, ${own}`));
  }
}
