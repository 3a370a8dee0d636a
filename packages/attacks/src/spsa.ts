import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  norms,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { add, fill, mul, type Tensor1D, type Tensor4D, zerosLike } from '@tensorflow/tfjs-core';
import type { LossName } from './aim';
import { targetsAsJson } from './ball-options';
import { adam, type Moments } from './estimated/adam';
import type { Estimate } from './estimated/estimated-ascent';
import { type EstimatedOptions, estimatedAttack, estimatedRules } from './estimated/estimated-attack';
import { asQueryValue } from './query/query-attack';

export interface SpsaAttackOptions extends EstimatedOptions {
  /** Moves. Default 100 (ours; cleverhans 4.0 has none, torchattacks 3.5: 1). */
  steps?: number;
  /** Pairs of images for each gradient. Default 64 (cleverhans 4.0: 128 images; torchattacks 3.5: 128 pairs). */
  pairs?: number;
  /** How far the images of a pair are from the middle, as a part of the range of pixels. Default 0.01 (both). */
  radius?: number;
  /** Step size of Adam, as a part of the range of pixels. Default 0.01 (both). */
  stepSize?: number;
  /** What is ascended: the logit margin (default, both), cross entropy, or the difference of logits ratio. */
  loss?: LossName;
}
export interface SpsaOptions extends SpsaAttackOptions, RunOptions {}

function resolved({ norm = 'linf', eps, steps = 100, pairs = 64, radius = 0.01, ...rest }: SpsaAttackOptions) {
  const { stepSize = 0.01, loss = 'margin', targets } = rest;
  return { norm, eps, steps, pairs, radius, stepSize, loss, ...targetsAsJson(targets) };
}

/**
 * SPSA: Adam along gradients estimated by simultaneous perturbation, from directions of plus and minus one and their
 * opposites, each step projected onto ball and box.
 *
 * `g = mean_i u_i (loss(x + r u_i) - loss(x - r u_i)) / (2 r)`. Images tried on the way to a gradient do not count.
 *
 * Uesato et al., Adversarial risk and the dangers of evaluating against weak attacks (ICML 2018); there in linf.
 *
 * @param f a classifier, or a black box that tells logits or probabilities
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. At most `steps x (2 pairs + 1) + 2` forward passes, no backward
 * @throws as {@link square}
 * @example
 * const { broken } = await spsa(f, x, y, { eps: 8 / 255, steps: 40 });
 */
export async function spsa(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: SpsaOptions,
): Promise<AttackResult> {
  checkOptions('spsa', options, { ...estimatedRules, ...runRules });
  const all = resolved(options);
  const { norm, eps, stepSize } = all;
  const { bounds } = f;
  const way = {
    directions: 'signs' as const,
    begin: (center: Tensor4D) => ({ mean: zerosLike(center), power: zerosLike(center) }),
    move({ x: at, center, gradient, step }: Estimate, before: Moments) {
      const { direction, moments } = adam(before, gradient, fill([at.shape[0]], step + 1));
      const moved = add<Tensor4D>(at, mul(direction, stepSize * (bounds[1] - bounds[0])));
      return { x: norms[norm].project(moved, center, eps, bounds), memory: moments };
    },
  };
  return estimatedAttack('spsa', f, x, y, all, way, options);
}

/** {@link spsa} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function spsaAttack(options: SpsaAttackOptions): Attack {
  checkOptions('spsaAttack', options, estimatedRules);
  const all = resolved(options);
  return asQueryValue({ name: 'spsa', needs: 'scores', norm: all.norm }, spsa, all);
}
