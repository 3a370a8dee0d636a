import { type Batch, step as endStep, type Run, type TrainableWeight } from '@agoge/core';
import {
  add,
  concat,
  dispose,
  mul,
  type NamedTensorMap,
  type Scalar,
  slice,
  stack,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { clippedNorm } from './clip-norm';
import type { NamedVariable, Optimizer } from './optimizer';
import { type CraftedParts, inThisThread, type PartPass, type PartTrainer, type PartWork } from './step-parts';
import type { WeightPerturbation } from './weight-perturbation';

/** What the steps of a run have in common. */
export interface Trainer extends PartTrainer {
  optimizer: Optimizer;
  state: readonly NamedVariable[];
  /** The norm of all gradients together is clipped to this, if given. */
  clipNorm?: number;
  /** Default: this thread. */
  workers?: PartWork;
}

/** What of a step depends on where the run stands. */
export interface StepSetting {
  learningRate: number;
  weightPerturbation?: WeightPerturbation;
}

/**
 * Changes the weights by one batch: perturb, gradient of loss and penalty, clip each weight's that asks for it, then all together,
 * step; unless the gradient rests on a kernel that is wrong on the backend.
 *
 * @returns the loss with the penalty, how many adversarial images were right before the step and, where the loss is no number,
 *   the images themselves
 * @throws BackendError for kernels that are wrong or missing
 */
export async function trainingStep(
  trainer: Trainer,
  batch: Batch,
  run: Run,
  { learningRate, weightPerturbation }: StepSetting,
): Promise<{ loss: number; correct: number; adversarial?: Float32Array }> {
  const { parameters, optimizer, state, perturbation, clipNorm, workers = inThisThread } = trainer;
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(each: T): T => {
    owned.push(each);
    return each;
  };
  try {
    const crafted = own(await workers.craft(trainer, batch, run));
    const moves = weightPerturbation ? await movesOf(weightPerturbation, trainer, crafted, run) : [];
    for (const move of moves) if (move) own(move);
    // No abort from here on: parts that have gone forward have moved the running statistics.
    const rows: Tensor4D[] = [];
    const gradient = await meanGradient(crafted.sizes, crafted.passes('update', moves), {}, ({ advanced }) => {
      if (advanced) rows.push(own(advanced));
    });
    own({ dispose: () => disposeOf(gradient) });
    const { loss, correct, gradients } = gradient;

    const moving = parameters.filter(({ variable }) => gradients[variable.name]);
    const clipped = tidy(() => clippedOf(moving, gradients, clipNorm));
    own({ dispose: () => dispose(clipped) });
    optimizer.step(parameters, new Map(moving.map(({ name }, i) => [name, clipped[i]])), state, learningRate);
    if (perturbation) tidy(() => perturbation.assign(withRows(perturbation, rows)));
    const [value, right] = await own(tidy(() => stack([loss, correct]))).data();
    const adversarial = Number.isFinite(value) ? undefined : await crafted.adversarial();
    return { loss: value, correct: right, ...(adversarial && { adversarial }) };
  } finally {
    for (const each of owned) each.dispose();
  }
}

/** The gradients of parameters as the optimiser gets them; the caller owns them. */
function clippedOf(parameters: readonly TrainableWeight[], gradients: NamedTensorMap, limit?: number): Tensor[] {
  const own = parameters.map(({ variable, clipNorm }) => {
    const gradient = gradients[variable.name];
    return clipNorm === undefined ? gradient.clone() : clippedNorm([gradient], clipNorm)[0];
  });
  return limit === undefined ? own : clippedNorm(own, limit);
}

/** A tensor whose first rows are others. */
function withRows(tensor: Tensor, rows: readonly Tensor[]): Tensor {
  const count = rows.reduce((total, { shape }) => total + shape[0], 0);
  const rest = tensor.shape[0] > count ? [slice(tensor, count)] : [];
  return concat([...rows, ...rest]);
}

/** How the weights are moved for a step: by the gradient of the loss alone, the running statistics left as they are. */
async function movesOf(
  perturbation: WeightPerturbation,
  { parameters }: Trainer,
  crafted: CraftedParts,
  run: Run,
): Promise<(Tensor | undefined)[]> {
  const gradient = await meanGradient(crafted.sizes, crafted.passes('loss', []), run);
  try {
    return perturbation.move(parameters, gradient.gradients);
  } finally {
    disposeOf(gradient);
  }
}

type Gradient = Pick<PartPass, 'loss' | 'correct' | 'gradients'>;

/**
 * Mean loss and gradient of a batch from those of its parts, in their order; checked. The caller owns the tensors.
 *
 * @param sizes examples of each part
 * @param onPass owns what the pass advanced
 */
async function meanGradient(
  sizes: readonly number[],
  passes: AsyncIterable<PartPass>,
  { signal }: Pick<Run, 'signal'>,
  onPass: (pass: PartPass) => void = ({ advanced }) => void advanced?.dispose(),
): Promise<Gradient> {
  const examples = sizes.reduce((total, each) => total + each, 0);
  let mean: Gradient | undefined;
  let part = 0;
  try {
    for await (const pass of passes) {
      onPass(pass);
      const { loss, correct, gradients } = pass;
      const one = { loss, correct, gradients };
      mean = sizes.length === 1 ? one : plus(mean, one, sizes[part++] / examples);
      await pass.check();
      if (sizes.length > 1) await endStep(signal ? { signal } : {});
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
