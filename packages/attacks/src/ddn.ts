import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  norms,
  nullable,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import {
  add,
  clipByValue,
  div,
  fill,
  floor,
  less,
  maximum,
  minimum,
  mul,
  sub,
  type Tensor1D,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import type { Ascent } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack, nearest } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
import { cosine, farthest } from './nearest/ball-of-each';
import { type NearestOptions, nearestRules } from './nearest/nearest-options';
import { perImage } from './rows';

export interface DdnAttackOptions extends NearestOptions {
  /** The norm that it has. */
  norm?: 'l2';
  /** Number of images looked at, the clean one first. Default 100 (foolbox 3.3, adversarial-library 0.2). */
  steps?: number;
  /** Share by which the radius shrinks after a step that is broken, and else grows. Default 0.05 (foolbox 3.3, adversarial-library 0.2). */
  gamma?: number;
  /** The first radius. Default 1 (foolbox 3.3, adversarial-library 0.2), for bounds 0 and 1. */
  initialRadius?: number;
  /** Pixels are rounded to so many levels after each step. Default null: not at all (foolbox 3.3; adversarial-library 0.2: 256). */
  levels?: number | null;
}
export interface DdnOptions extends DdnAttackOptions, RunOptions {}

const rules: Rules = {
  ...nearestRules,
  norm: oneOf('l2'),
  steps: integer({ min: 2 }),
  gamma: number({ above: 0, below: 1 }),
  initialRadius: number({ above: 0 }),
  levels: nullable(integer({ min: 2 })),
};

function resolved({
  eps = null,
  steps = 100,
  gamma = 0.05,
  initialRadius = 1,
  levels = null,
  targets,
}: DdnAttackOptions) {
  return { norm: 'l2' as const, eps, steps, gamma, initialRadius, levels, ...targetsAsJson(targets) };
}

const tiny = 1e-12;
/** Step sizes fall from 1 to this along half a cosine. */
const lastStep = 0.01;

/**
 * Decoupled direction and norm, in l2: steps along the gradient of the cross entropy, on a sphere that shrinks when the image
 * is broken and grows when it is not.
 *
 * `d <- r (d + a g / |g|) / |...|`, cut to the bounds, with `r <- (1 -+ gamma) r` first, and `a` from 1 to 0.01 along a cosine.
 *
 * Rony et al., Decoupling direction and norm for efficient gradient-based l2 adversarial attacks and defenses (CVPR 2019).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the nearest adversarial image found; the caller owns `x`. 1 + steps + 1 forward passes at most, steps - 1
 * backwards
 * @throws as {@link pgd}
 * @example
 * const { distance } = await ddn(f, x, y, { steps: 300 });
 */
export async function ddn(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: DdnOptions = {},
): Promise<AttackResult> {
  checkOptions('ddn', options, { ...rules, ...runRules });
  const { norm, eps, steps, gamma, initialRadius, levels, targets } = resolved(options);
  const { size, steepest } = norms.l2;
  const [low, high] = f.bounds;
  const gap = (high - low) / ((levels ?? 2) - 1);
  const rounded = (image: Tensor4D): Tensor4D =>
    levels === null ? image : add(mul(floor(add(div(sub(image, low), gap), 0.5)), gap), low);
  const ascent: Ascent<{ radius: Tensor1D }> = {
    ...{ steps: steps - 1, countsFrom: 0 },
    next({ x: at, center, gradient, margin }, memory, iteration) {
      const before = memory?.radius ?? (fill([at.shape[0]], initialRadius) as Tensor1D);
      const scaled = where(less(margin, 0), mul(before, 1 - gamma), mul(before, 1 + gamma));
      const radius = minimum<Tensor1D>(scaled, size(farthest(center, f.bounds)));
      const stepSize = cosine(1, lastStep, iteration, steps);
      const delta = add<Tensor4D>(sub(at, center), mul(steepest(gradient), stepSize));
      const scale = perImage(div(radius, maximum(size(delta), tiny)));
      return { x: clipByValue(rounded(add(center, mul(delta, scale))), low, high), memory: { radius } };
    },
  };
  const plan: GradientAttackPlan = {
    ...{ norm, eps, targets, loss: 'ce', ...nearest },
    ascent,
  };
  return gradientAttack('ddn', f, x, y, plan, options);
}

/** {@link ddn} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function ddnAttack(options: DdnAttackOptions = {}): Attack {
  checkOptions('ddnAttack', options, rules);
  return asValue('ddn', ddn, resolved(options));
}
