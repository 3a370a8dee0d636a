import {
  type Attack,
  anything,
  type Classifier,
  checkOptions,
  checkValue,
  fromLayersModel,
  modes,
  normalize,
  type Objective,
  object,
  type PixelOptions,
  type Rule,
  type Run,
  refusal,
  required,
  runRules,
  said,
  type Trainable,
} from '@agoge/core';
import { cast, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkTensors } from '../check-batch';
import { having } from '../having';
import { attackRule } from '../validation';
import {
  type BatchDataset,
  type BatchSource,
  checkedBatch,
  classNumbers,
  datasetOf,
  type LabelledBatch,
  passOver,
  sizeOf,
} from './batch-source';
import { checkSeesOneImage } from './loss-function';

/** Pixels as the source has them: what comes out is `(x - mean) / std`, as the model takes it. */
export interface AdversarialDatasetOptions extends PixelOptions {
  /** Crafts as it does in our loop, at the cost of its steps alone. Either this or an attack. */
  objective?: Objective;
  /**
   * Crafts as when a model is measured: what is misclassified already stays as it is, what breaks goes no further. It holds the
   * weights constant, which some backends compile for at every step.
   */
  attack?: Attack;
  /** Key of the noise. Default 0. */
  seed?: number;
  signal?: AbortSignal;
}

/** Makes adversarial images. */
type Craft = (x: Tensor4D, y: Tensor1D, run: Run) => Promise<Tensor4D>;

/**
 * A dataset of adversarial images for a `model.fitDataset` of your own: the images of another, perturbed.
 *
 * Each batch is perturbed when it is asked for, at the weights as they are then. `fitDataset` asks for one when it has trained on the
 * one before, so that this is adversarial training as our loop does it; with `prefetch` in between it would be training on images
 * of former weights. The noise is keyed by (seed, number of the example, counted over all passes). Labels are handed on.
 * The model's statistics are as the objective wants them while it crafts, and nothing of the model is changed.
 *
 * @param source batches that are disposed of when they are perturbed
 * @param model whose form is that of `fromLayersModel`: a softmax at its end is left out while crafting
 * @throws TypeError, RangeError, ShapeError for what was given: for an objective, too, that trains on more than the adversarial
 *   images, or on a batch more than once; ModelError for logits that are NaN
 * @example
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
 * const objective = adversarialTraining({ eps: 8 / 255 });
 * await model.fitDataset(adversarialDataset(pipeline, model, { objective, bounds: [0, 1] }), { epochs: 30 });
 */
export function adversarialDataset(
  source: BatchSource,
  model: LayersModel,
  options: AdversarialDatasetOptions,
): BatchDataset {
  const who = 'adversarialDataset';
  checkValue(who, 'source', source, iterable);
  checkValue(who, 'model', model, layersModel);
  checkOptions(who, options, {
    ...{ objective: object, attack: attackRule, seed: runRules.seed, signal: runRules.signal },
    ...{ bounds: required(anything), mean: anything, std: anything }, // fromLayersModel looks at them
  });
  const { objective, attack, seed = 0, signal, ...pixels } = options;
  const trainable = fromLayersModel(model, pixels);
  const craft = craftOf(who, trainable, objective, attack);
  const { classes } = trainable;
  let isChecked = false;
  let seen = 0;

  const adversarialOf = async ({ xs, ys }: LabelledBatch): Promise<LabelledBatch> => {
    const n = xs.shape[0];
    const index = Float64Array.from({ length: n }, (_, i) => seen + i);
    const [x, y] = [cast<Tensor4D>(xs, 'float32'), classNumbers(ys, classes)];
    try {
      if (!isChecked) await checkTensors(who, trainable, x, y);
      isChecked = true;
      seen += n;
      const adversarial = await craft(x, y, { seed, index, ...(signal && { signal }) });
      const wanted = tidy(() => normalize(adversarial, pixels.mean, pixels.std).clone());
      adversarial.dispose();
      return { xs: wanted, ys };
    } catch (error) {
      ys.dispose();
      throw error;
    } finally {
      for (const each of [xs, x, y]) each.dispose();
    }
  };

  return datasetOf(sizeOf(source), async function* () {
    let isEmpty = true;
    for await (const value of passOver(source)) {
      isEmpty = false;
      yield await adversarialOf(checkedBatch(who, value, classes));
    }
    // A generator is spent after one pass, and fitDataset would go on with nothing.
    if (isEmpty) throw said(new RangeError(refusal(who, 'source', 'batches in every pass', 'none')));
  });
}

const layersModel = required(having('a tf.LayersModel', 'fitDataset'));
const methods = ['iterator', Symbol.asyncIterator, Symbol.iterator];
const iterable: Rule = required({
  expected: 'a tf.data dataset, an iterable or a function that gives one',
  test: (value) =>
    typeof value === 'function' || methods.some((each) => typeof Object(value)[each] === 'function') ? 'ok' : 'kind',
});

function craftOf(who: string, model: Classifier & Trainable, objective?: Objective, attack?: Attack): Craft {
  if (objective && !attack) {
    checkSeesOneImage(who, objective);
    return (x, y, run) => objective.perturb(model, x, y, run);
  }
  if (attack && !objective) return async (x, y, run) => (await attack.run(model.classifier(modes.craft), x, y, run)).x;
  const given = objective ? 'both' : 'neither';
  throw said(new TypeError(refusal(who, 'what crafts', 'an objective or an attack', given)));
}
