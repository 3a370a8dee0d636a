import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  integer,
  norms,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { abs, add, clipByValue, div, less, maximum, mul, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { type Ascent, slope } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack, nearest } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
import { dualSize, nearestBoundary } from './nearest/nearest-boundary';
import { type NearestOptions, nearestRules } from './nearest/nearest-options';
import { perImage, select } from './rows';

export interface DeepfoolAttackOptions extends NearestOptions {
  /** Norm of the perturbation. Default `l2` (the paper). */
  norm?: 'linf' | 'l2';
  /** Steps at most. Default 50 (foolbox 3.3, torchattacks 3.5; adversarial-library 0.2: 100). */
  steps?: number;
  /** How far beyond the boundary a step goes, as a share of the way to it. Default 0.02 (foolbox 3.3, torchattacks 3.5, adversarial-library 0.2). */
  overshoot?: number;
  /** Classes that are looked at, those of the largest logits. Default 10 (foolbox 3.3, ART 1.20). */
  candidates?: number;
}
export interface DeepfoolOptions extends DeepfoolAttackOptions, RunOptions {}

const rules: Rules = {
  ...nearestRules,
  norm: oneOf('linf', 'l2'),
  steps: integer({ min: 1 }),
  overshoot: number({ min: 0 }),
  candidates: integer({ min: 2 }),
};

function resolved({ norm = 'l2', eps = null, steps = 50, overshoot = 0.02, ...rest }: DeepfoolAttackOptions) {
  const { candidates = 10, targets } = rest;
  return { norm, eps, steps, overshoot, candidates, ...targetsAsJson(targets) };
}

/** Added to the way to the boundary, so that a step never ends (foolbox 3.3, adversarial-library 0.2). */
const least = 1e-4;
const tiny = 1e-12;

/**
 * DeepFool: steps to the nearest boundary, made linear, until it is crossed.
 *
 * `x <- clip(x + (1 + overshoot) d)`, with `d` the least move onto the boundary of the class that is nearest: in l2
 * `|z_k - z_y| / |w|^2 w`, in linf `|z_k - z_y| / |w|_1 sign(w)`, with `w` the gradient of `z_k - z_y`. The paper overshoots once,
 * by the whole perturbation; we do so in each step, as adversarial-library does, which ends a little farther out. Bounds are
 * minded by cutting alone: {@link fab} does better. An example leaves as soon as it is broken, with `eps` or without.
 *
 * Moosavi-Dezfooli et al., DeepFool: a simple and accurate method to fool deep neural networks (CVPR 2016).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. 1 + steps x (candidates - 1) + 2 forward passes at most, steps x (candidates - 1)
 * backwards; with `targets` one of each per step
 * @throws as {@link pgd}
 * @example
 * const { distance } = await deepfool(f, x, y, { norm: 'linf' });
 */
export async function deepfool(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: DeepfoolOptions = {},
): Promise<AttackResult> {
  checkOptions('deepfool', options, { ...rules, ...runRules });
  const { norm, eps, steps, overshoot, candidates, targets } = resolved(options);
  const [low, high] = f.bounds;
  const rivals = Math.min(candidates, f.classes) - 1;
  const ascent: Ascent = {
    ...{ steps, countsFrom: 0 },
    evaluate: targets === undefined ? (question) => nearestBoundary(question, norm, rivals) : slope,
    next({ x: at, loss, gradient, margin }) {
      const way = add(div(abs(loss), maximum(dualSize[norm](gradient), tiny)), least);
      const step = mul(norms[norm].steepest(gradient), perImage(mul(way, 1 + overshoot)));
      const crossed = clipByValue(add<Tensor4D>(at, step), low, high);
      return { x: select(less<Tensor1D>(margin, 0), at, crossed), memory: {} };
    },
  };
  const plan: GradientAttackPlan = {
    ...{ norm, eps, targets, loss: 'margin', ...nearest, leaves: 'broken' },
    ascent,
  };
  return gradientAttack('deepfool', f, x, y, plan, options);
}

/** {@link deepfool} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function deepfoolAttack(options: DeepfoolAttackOptions = {}): Attack {
  checkOptions('deepfoolAttack', options, rules);
  return asValue('deepfool', deepfool, resolved(options));
}
