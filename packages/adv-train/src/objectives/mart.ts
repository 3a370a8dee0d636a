import { modes, number, type Objective } from '@agoge/core';
import {
  add,
  log,
  logSoftmax,
  max,
  mean,
  mul,
  neg,
  type Scalar,
  softmax,
  sub,
  sum,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { type CraftingOptions, crafting } from './crafting';

export interface MartOptions extends CraftingOptions {
  /** Weight of the divergence. Default 5 (the source's script; its function has 6). */
  beta?: number;
}

/** The source's guards against the logarithm of 0. */
const [inBoosted, inWeight, inLogarithm] = [1.0001, 1.0000001, 1e-12];

/**
 * MART: `BCE(f(x'), y) + beta KL(f(x) || f(x')) (1 - p_y(x))`, which weighs examples by how misclassified they are when clean,
 * with the boosted cross entropy `BCE = CE(f(x'), y) - log(1.0001 - max_{k != y} p_k(x'))`.
 *
 * PGD crafts `x'` by the cross entropy, from `x + 0.001 N(0, 1)`. The update sends the clean images forward first, then the
 * adversarial ones (RCM); the gradient flows through both.
 *
 * Wang, Zou, Yi, Bailey, Ma, Gu, Improving adversarial robustness requires revisiting misclassified examples (ICLR 2020).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const objective = mart({ eps: 0.031, stepSize: 0.007 });
 */
export function mart(options: MartOptions): Objective {
  const usual = { start: 'gaussian', clipStart: false } as const;
  const { options: craft, perturb } = crafting('mart', options, { beta: number({ min: 0 }) }, usual);
  const { beta = 5 } = options;
  return {
    name: 'mart',
    options: { ...craft, beta },
    perturb,
    loss(model, x, adversarial, target) {
      const natural = model.forward(x, modes.update);
      const attacked = model.forward(adversarial, modes.update);
      return martLoss(natural, attacked, target, beta);
    },
  };
}

/** The loss of MART from logits `[n, classes]` of clean and adversarial images, and targets of one class. */
function martLoss(natural: Tensor2D, attacked: Tensor2D, target: Tensor2D, beta: number): Scalar {
  const [p, q] = [softmax(natural), softmax(attacked)];
  const ofLabel = (values: Tensor2D) => sum(mul(values, target), 1);
  const highest = max(mul(q, sub(1, target)), 1);
  const boosted = neg(add(ofLabel(logSoftmax(attacked)), log(add(sub(inBoosted, highest), inLogarithm))));
  const logarithms = sub(logSoftmax(natural), log(add(q, inLogarithm)));
  const weighted = mul(sum(mul(p, logarithms), 1), sub(inWeight, ofLabel(p)));
  return add<Scalar>(mean(boosted), mul(mean(weighted), beta));
}
