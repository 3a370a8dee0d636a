import {
  type Batch,
  step as endStep,
  type Objective,
  type Run,
  type Trainable,
  type TrainableWeight,
} from '@agoge/core';
import { add, mul, type Scalar, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { clipNorm } from './clip-norm';
import { type Crafted, craft } from './crafted';
import { atMovedWeights } from './moved-weights';
import type { NamedVariable, Optimizer } from './optimizer';
import { type PartGradient, partGradient, withoutUpdates } from './part-gradient';
import { partsOf } from './parts';
import type { WeightPerturbation } from './weight-perturbation';

/** What the steps of a run have in common. */
export interface Trainer {
  model: Trainable;
  parameters: readonly TrainableWeight[];
  objective: Objective;
  optimizer: Optimizer;
  state: readonly NamedVariable[];
  /** Most examples that go forward at once: a larger batch goes in parts, each with its own statistics. */
  microBatch?: number;
}

/** What of a step depends on where the run stands. */
export interface StepSetting {
  learningRate: number;
  weightPerturbation?: WeightPerturbation;
}

/**
 * Changes the weights by one batch: perturb, gradient of loss and penalty, clip each weight's that asks for it, step; unless
 * the gradient rests on a kernel that is wrong on the backend.
 *
 * @returns the loss with the penalty, and how many adversarial images were right before the step
 * @throws BackendError for kernels that are wrong or missing
 */
export async function trainingStep(
  trainer: Trainer,
  batch: Batch,
  run: Run,
  { learningRate, weightPerturbation }: StepSetting,
): Promise<{ loss: number; correct: number }> {
  const { model, parameters, objective, optimizer, state } = trainer;
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(each: T): T => {
    owned.push(each);
    return each;
  };
  try {
    const crafted: Crafted[] = [];
    for (const part of partsOf(batch, run, trainer.microBatch)) crafted.push(own(await craft(model, objective, part)));

    const moves = weightPerturbation ? await movesOf(weightPerturbation, trainer, crafted, run) : [];
    for (const move of moves) if (move) own(move);
    const gradient = await meanGradient(crafted, run, (part) =>
      atMovedWeights(parameters, moves, () => partGradient(model, parameters, objective, part)),
    );
    own({ dispose: () => disposeOf(gradient) });
    const { loss, correct, gradients } = gradient;

    const clipped = new Map<string, Tensor>();
    for (const { name, variable, clipNorm: limit } of parameters) {
      const gradient = gradients[variable.name];
      if (gradient) clipped.set(name, limit === undefined ? gradient : own(clipNorm(gradient, limit)));
    }
    optimizer.step(parameters, clipped, state, learningRate);
    const [value, right] = await own(tidy(() => stack([loss, correct]))).data();
    return { loss: value, correct: right };
  } finally {
    for (const each of owned) each.dispose();
  }
}

/** How the weights are moved for a step: by the gradient of the loss alone, the running statistics left as they are. */
async function movesOf(
  perturbation: WeightPerturbation,
  { model, parameters, objective }: Trainer,
  crafted: readonly Crafted[],
  run: Run,
): Promise<(Tensor | undefined)[]> {
  const proxy = withoutUpdates(model);
  const gradient = await meanGradient(crafted, run, (part) => partGradient(proxy, parameters, objective, part));
  try {
    return perturbation.move(parameters, gradient.gradients);
  } finally {
    disposeOf(gradient);
  }
}

type Gradient = Omit<PartGradient, 'check'>;

/** Mean loss and gradient of a batch from those of its parts, in their order; checked. The caller owns the tensors. */
async function meanGradient(
  crafted: readonly Crafted[],
  { signal }: Run,
  gradientOf: (part: Crafted) => PartGradient,
): Promise<Gradient> {
  const examples = crafted.reduce((total, { x }) => total + x.shape[0], 0);
  let mean: Gradient | undefined;
  try {
    for (const part of crafted) {
      const { check, ...one } = gradientOf(part);
      mean = crafted.length === 1 ? one : plus(mean, one, part.x.shape[0] / examples);
      await check();
      if (crafted.length > 1) await endStep(signal ? { signal } : {});
    }
  } catch (error) {
    disposeOf(mean);
    throw error;
  }
  return mean as Gradient;
}

/** A weighted sum and one term more; both are used up. */
function plus(sum: Gradient | undefined, one: Gradient, share: number): Gradient {
  const term = <T extends Tensor>(before: T | undefined, each: T): T =>
    tidy(() => (before ? add<T>(before, mul(each, share)) : mul<T>(each, share)));
  const names = Object.keys(one.gradients);
  const result = {
    loss: term(sum?.loss, one.loss),
    correct: sum ? add<Scalar>(sum.correct, one.correct) : one.correct.clone(),
    gradients: Object.fromEntries(names.map((name) => [name, term(sum?.gradients[name], one.gradients[name])])),
  };
  disposeOf(sum);
  disposeOf(one);
  return result;
}

function disposeOf(gradient: Gradient | undefined): void {
  if (!gradient) return;
  for (const each of [gradient.loss, gradient.correct, ...Object.values(gradient.gradients)]) each.dispose();
}
