import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  number,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { add, mul, type Tensor1D, type Tensor4D, zerosLike } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { ascentStep } from './ascent-step';
import { ballRules, targetsAsJson } from './ball-options';
import { estimatedAscent } from './estimated-ascent';
import { drawInside } from './inside-ball';
import { madryStepSize } from './projected-ascent';
import { asQueryValue, queryAttack } from './query-attack';

export interface NesAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Moves. Default 100 (ours). */
  steps?: number;
  /** Pairs of images for each gradient. Default 25 (the paper's 50 images). */
  pairs?: number;
  /** Standard deviation of the noise, as a part of the range of pixels. Default 0.001 (the paper). */
  radius?: number;
  /** Size of one step, in the norm. Default `2.5 * eps / steps`, as for PGD. */
  stepSize?: number;
  /** Weight of the gradients before. Default 0.9. */
  momentum?: number;
  /** What is ascended: the logit margin (default), cross entropy, or the difference of logits ratio. */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface NesOptions extends NesAttackOptions, RunOptions {}

const attackRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  pairs: integer({ min: 1 }),
  radius: number({ above: 0 }),
  stepSize: number({ min: 0 }),
  momentum: number({ min: 0, below: 1 }),
};

function resolved({ norm = 'linf', eps, steps = 100, pairs = 25, radius = 1e-3, ...rest }: NesAttackOptions) {
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
  const { norm, eps, stepSize, momentum, radius, loss, targets, ...rest } = resolved(options);
  const { bounds } = f;
  const [, ...item] = x.shape;
  const search = estimatedAscent({
    ...{ ...rest, who: 'nes', item, bounds, directions: 'normal', seed: options.seed ?? 0 },
    radius: radius * (bounds[1] - bounds[0]),
    begin: (center) => ({ momentum: zerosLike(center) }),
    move({ x: at, center, gradient }, memory) {
      const mean = add<Tensor4D>(mul(memory.momentum, momentum), mul(gradient, 1 - momentum));
      return { x: ascentStep(at, center, mean, { norm, eps, stepSize, bounds }), memory: { momentum: mean } };
    },
  });
  const confine = (found: Float32Array, center: Float32Array) => drawInside(norm, found, center, eps);
  return queryAttack('nes', f, x, y, { needs: 'scores', loss, targets, search, confine }, options);
}

/** {@link nes} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function nesAttack(options: NesAttackOptions): Attack {
  checkOptions('nesAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'nes', needs: 'scores', norm: all.norm }, nes, all);
}
