import { type ForwardMode, modes, type Objective, probed, type Trainable, type TrainableWeight } from '@agoge/core';
import {
  add,
  argMax,
  cast,
  equal,
  keep,
  type NamedTensorMap,
  type Scalar,
  scalar,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Crafted } from './crafted';

/** What one pass over a part of a batch gives; the caller owns the tensors. */
export interface PartGradient {
  /** Mean over the part, with the model's penalty. */
  loss: Scalar;
  /** How many adversarial images were right. */
  correct: Scalar;
  /** By the variable's name. */
  gradients: NamedTensorMap;
  /** In the adversarial images, where the objective advances their perturbation. */
  inImages?: Tensor4D;
  /** Of the kernels that the gradient rests on, as that of `probed`: to be awaited before it is used. */
  check(): Promise<void>;
}

/** How many of a batch's logits are largest at the label. */
const correctOf = (logits: Tensor2D, y: Tensor1D) =>
  tidy(() => sum<Scalar>(cast(equal(argMax(logits, 1), y), 'float32')));

/** The same model, whose forward passes go through `forward`. */
const passing = (model: Trainable, forward: Trainable['forward']): Trainable => ({
  classes: model.classes,
  bounds: model.bounds,
  forward,
  classifier: (mode) => model.classifier(mode),
  parameters: () => model.parameters(),
  buffers: () => model.buffers(),
  penalty: () => model.penalty(),
});

/** The same model without its penalty, whose running statistics stay as they are. */
export function withoutUpdates(model: Trainable): Trainable {
  const statistics = (mode: ForwardMode) => (mode.statistics === 'batch-and-update' ? 'batch' : mode.statistics);
  const forward: Trainable['forward'] = (x, mode) => model.forward(x, { ...mode, statistics: statistics(mode) });
  return { ...passing(model, forward), penalty: () => scalar(0) };
}

/** The same model, which counts what it gets right of the images `x` when they go forward. */
function counting(model: Trainable, x: Tensor4D, y: Tensor1D): { model: Trainable; correct(): Scalar | undefined } {
  let correct: Scalar | undefined;
  const forward = (images: Tensor4D, mode: ForwardMode) => {
    const logits = model.forward(images, mode);
    if (images === x) {
      correct?.dispose();
      correct = keep(correctOf(logits, y));
    }
    return logits;
  };
  return { correct: () => correct, model: passing(model, forward) };
}

/**
 * The gradient of the objective's loss and the model's penalty in the weights, at the weights as they are.
 *
 * @throws BackendError where the backend lacks a kernel; what the objective throws
 */
export function partGradient(
  model: Trainable,
  parameters: readonly TrainableWeight[],
  objective: Objective,
  { x, y, target, adversarial, perturbation }: Crafted,
): PartGradient {
  // A variable, so that its gradient comes with the weights' own from one pass.
  const moved = perturbation && (variable(adversarial) as Tensor4D as Tensor4D & Variable);
  const images = moved ?? adversarial;
  const counted = counting(model, images, y);
  try {
    const { result, check } = probed('train', () =>
      variableGrads(
        () => add<Scalar>(objective.loss(counted.model, x, images, target, y), model.penalty()),
        [...parameters.map(({ variable }) => variable), ...(moved ? [moved] : [])],
      ),
    );
    // An objective that joins clean and adversarial images to one batch never sends the latter forward alone.
    const correct = counted.correct() ?? tidy(() => correctOf(model.forward(adversarial, modes.evaluate), y));
    const { [moved?.name ?? '']: inImages, ...gradients } = result.grads;
    return { loss: result.value, correct, gradients, check, ...(inImages && { inImages: inImages as Tensor4D }) };
  } catch (error) {
    counted.correct()?.dispose();
    throw error;
  } finally {
    moved?.dispose();
  }
}
