import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  number,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { add, mul, type Tensor1D, type Tensor4D, zerosLike } from '@tensorflow/tfjs-core';
import type { LossName } from './aim';
import { ascentStep } from './ascent/ascent-step';
import { targetsAsJson } from './ball-options';
import type { Estimate } from './estimated/estimated-ascent';
import { type EstimatedOptions, estimatedAttack, estimatedRules } from './estimated/estimated-attack';
import { madryStepSize } from './projected-ascent';
import { asQueryValue } from './query/query-attack';

export interface NesAttackOptions extends EstimatedOptions {
  /** Moves. Default 200 (the authors' code: 10,000 queries, 50 for each gradient). */
  steps?: number;
  /** Pairs of images for each gradient. Default 25 (the authors' code: 50 images). */
  pairs?: number;
  /** Standard deviation of the noise, as a part of the range of pixels. Default 0.001 (the authors' code). */
  radius?: number;
  /**
   * Size of one step, in the norm. Default `2.5 * eps / steps`, as for PGD; the authors' code begins with 0.01 and halves that
   * where the loss stands still.
   */
  stepSize?: number;
  /** Weight of the gradients before. Default 0.9 (the authors' code). */
  momentum?: number;
  /**
   * What is ascended: the logit margin (default), cross entropy (the authors' code), or the difference of logits ratio. Where a
   * model is sure, the differences of cross entropy between images so near are lost in float32.
   */
  loss?: LossName;
}
export interface NesOptions extends NesAttackOptions, RunOptions {}

const attackRules: Rules = { ...estimatedRules, momentum: number({ min: 0, below: 1 }) };

function resolved({ norm = 'linf', eps, steps = 200, pairs = 25, radius = 1e-3, ...rest }: NesAttackOptions) {
  const { stepSize = madryStepSize(eps, steps), momentum = 0.9, loss = 'margin', targets } = rest;
  return { norm, eps, steps, pairs, radius, stepSize, momentum, loss, ...targetsAsJson(targets) };
}

/**
 * NES: projected ascent along gradients estimated by natural evolution strategies, from normal noise and its opposite.
 *
 * `g <- momentum g + (1 - momentum) mean_i u_i (loss(x + r u_i) - loss(x - r u_i)) / (2 r)`, then the steepest move of size
 * `stepSize` along `g` that stays in the bounds, as in {@link pgd}. Images tried on the way to a gradient do not count.
 *
 * Ilyas et al., Black-box adversarial attacks with limited queries and information (ICML 2018); there in linf.
 *
 * @param f a classifier, or a black box that tells logits or probabilities
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. At most `steps x (2 pairs + 1) + 2` forward passes, no backward
 * @throws as {@link square}
 * @example
 * const { broken } = await nes(f, x, y, { eps: 8 / 255, steps: 40 });
 */
export async function nes(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: NesOptions,
): Promise<AttackResult> {
  checkOptions('nes', options, { ...attackRules, ...runRules });
  const all = resolved(options);
  const { norm, eps, stepSize, momentum } = all;
  const way = {
    directions: 'normal' as const,
    begin: (center: Tensor4D) => ({ mean: zerosLike(center) }),
    move({ x: at, center, gradient }: Estimate, memory: { mean: Tensor4D }) {
      const mean = add<Tensor4D>(mul(memory.mean, momentum), mul(gradient, 1 - momentum));
      return { x: ascentStep(at, center, mean, { norm, eps, stepSize, bounds: f.bounds }), memory: { mean } };
    },
  };
  return estimatedAttack('nes', f, x, y, all, way, options);
}

/** {@link nes} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function nesAttack(options: NesAttackOptions): Attack {
  checkOptions('nesAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'nes', needs: 'scores', norm: all.norm }, nes, all);
}
