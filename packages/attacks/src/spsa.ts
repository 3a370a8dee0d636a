import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  norms,
  number,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { add, div, mul, sqrt, square, type Tensor1D, type Tensor4D, zerosLike } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { ballRules, targetsAsJson } from './ball-options';
import { estimatedAscent } from './estimated-ascent';
import { drawInside } from './inside-ball';
import { asQueryValue, queryAttack } from './query-attack';

export interface SpsaAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Moves. Default 100 (ours). */
  steps?: number;
  /** Pairs of images for each gradient. Default 64 (torchattacks: 128 images). */
  pairs?: number;
  /** How far the images of a pair are from the middle, as a part of the range of pixels. Default 0.01 (torchattacks). */
  radius?: number;
  /** Step size of Adam, as a part of the range of pixels. Default 0.01 (torchattacks). */
  stepSize?: number;
  /** What is ascended: the logit margin (default, the paper), cross entropy, or the difference of logits ratio. */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface SpsaOptions extends SpsaAttackOptions, RunOptions {}

const attackRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  pairs: integer({ min: 1 }),
  radius: number({ above: 0 }),
  stepSize: number({ min: 0 }),
};

function resolved({ norm = 'linf', eps, steps = 100, pairs = 64, radius = 0.01, ...rest }: SpsaAttackOptions) {
  const { stepSize = 0.01, loss = 'margin', targets } = rest;
  return { norm, eps, steps, pairs, radius, stepSize, loss, ...targetsAsJson(targets) };
}

const [decay1, decay2, tiny] = [0.9, 0.999, 1e-8];

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
  checkOptions('spsa', options, { ...attackRules, ...runRules });
  const { norm, eps, stepSize, radius, loss, targets, ...rest } = resolved(options);
  const { bounds } = f;
  const range = bounds[1] - bounds[0];
  const [, ...item] = x.shape;
  const search = estimatedAscent({
    ...{ ...rest, who: 'spsa', item, bounds, directions: 'signs', seed: options.seed ?? 0 },
    radius: radius * range,
    begin: (center) => ({ mean: zerosLike(center), power: zerosLike(center) }),
    move({ x: at, center, gradient, step }, memory) {
      const mean = add<Tensor4D>(mul(memory.mean, decay1), mul(gradient, 1 - decay1));
      const power = add<Tensor4D>(mul(memory.power, decay2), mul(square(gradient), 1 - decay2));
      const [scale1, scale2] = [1 / (1 - decay1 ** (step + 1)), 1 / (1 - decay2 ** (step + 1))];
      const along = div(mul(mean, scale1), add(sqrt(mul(power, scale2)), tiny));
      const moved = add<Tensor4D>(at, mul(along, stepSize * range));
      return { x: norms[norm].project(moved, center, eps, bounds), memory: { mean, power } };
    },
  });
  const confine = (found: Float32Array, center: Float32Array) => drawInside(norm, found, center, eps);
  return queryAttack('spsa', f, x, y, { needs: 'scores', loss, targets, search, confine }, options);
}

/** {@link spsa} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function spsaAttack(options: SpsaAttackOptions): Attack {
  checkOptions('spsaAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'spsa', needs: 'scores', norm: all.norm }, spsa, all);
}
