import { type Batch, modes, type Objective, probed, type Run, type Trainable, type TrainableWeight } from '@agoge/core';
import {
  add,
  argMax,
  cast,
  equal,
  keep,
  oneHot,
  type Scalar,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { clipNorm } from './clip-norm';
import type { NamedVariable, Optimizer } from './optimizer';

/** What the steps of a run have in common. */
export interface Trainer {
  model: Trainable;
  parameters: readonly TrainableWeight[];
  objective: Objective;
  optimizer: Optimizer;
  state: readonly NamedVariable[];
}

/** How many of a batch's logits are largest at the label. */
const correctOf = (logits: Tensor2D, y: Tensor1D) =>
  tidy(() => sum<Scalar>(cast(equal(argMax(logits, 1), y), 'float32')));

/** The same model, which counts what it gets right of the images `x` when they go forward. */
function counting(model: Trainable, x: Tensor4D, y: Tensor1D): { model: Trainable; correct(): Scalar | undefined } {
  let correct: Scalar | undefined;
  return {
    correct: () => correct,
    model: {
      classes: model.classes,
      bounds: model.bounds,
      forward(images, mode) {
        const logits = model.forward(images, mode);
        if (images === x) {
          correct?.dispose();
          correct = keep(correctOf(logits, y));
        }
        return logits;
      },
      classifier: (mode) => model.classifier(mode),
      parameters: () => model.parameters(),
      buffers: () => model.buffers(),
      penalty: () => model.penalty(),
    },
  };
}

/**
 * Changes the weights by one batch: perturb, gradient of loss and penalty, clip each weight's that asks for it, step; unless
 * the gradient rests on a kernel that is wrong on the backend.
 *
 * @returns the loss with the penalty, and how many adversarial images were right before the step
 * @throws BackendError for kernels that are wrong or missing
 */
export async function trainingStep(
  { model, parameters, objective, optimizer, state }: Trainer,
  batch: Batch,
  run: Run,
  learningRate: number,
): Promise<{ loss: number; correct: number }> {
  const owned: Tensor[] = [];
  const own = <T extends Tensor>(each: T): T => {
    owned.push(each);
    return each;
  };
  try {
    const x = own(tensor4d(batch.x, batch.shape));
    const y = own(tensor1d(batch.y, 'int32'));
    const target = own(targetOf(batch, y, model.classes));
    const adversarial = own(await objective.perturb(model, x, y, run));

    const counted = counting(model, adversarial, y);
    const { result, check } = (() => {
      try {
        return probed('train', () =>
          variableGrads(
            () => add<Scalar>(objective.loss(counted.model, x, adversarial, target, y), model.penalty()),
            parameters.map(({ variable }) => variable),
          ),
        );
      } finally {
        const correct = counted.correct();
        if (correct) own(correct);
      }
    })();
    const { value, grads } = result;
    own(value);
    const gradients = new Map<string, Tensor>();
    for (const { name, variable, clipNorm: limit } of parameters) {
      const gradient = grads[variable.name];
      if (!gradient) continue;
      own(gradient);
      gradients.set(name, limit === undefined ? gradient : own(clipNorm(gradient, limit)));
    }
    await check();
    optimizer.step(parameters, gradients, state, learningRate);

    // An objective that joins clean and adversarial images to one batch never sends the latter forward alone.
    const correct = counted.correct() ?? own(tidy(() => correctOf(model.forward(adversarial, modes.evaluate), y)));
    const [loss, right] = await own(tidy(() => stack([value, correct]))).data();
    return { loss, correct: right };
  } finally {
    for (const each of owned) each.dispose();
  }
}

function targetOf({ target, shape }: Batch, y: Tensor1D, classes: number): Tensor2D {
  if (target) return tensor2d(target, [shape[0], classes]);
  return tidy(() => cast(oneHot(y, classes), 'float32')) as Tensor2D;
}
