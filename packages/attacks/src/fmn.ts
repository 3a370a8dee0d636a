import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Bounds,
  type Classifier,
  checkOptions,
  integer,
  type NormName,
  norms,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import {
  abs,
  add,
  cast,
  div,
  fill,
  floor,
  greater,
  less,
  logicalOr,
  maximum,
  minimum,
  mul,
  step,
  sub,
  type Tensor1D,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import type { Ascent, Sight } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack, nearest } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
import { type Distance, sizeOfDelta } from './distance';
import { cosine, farthest, intoBall } from './nearest/ball-of-each';
import { dualSize } from './nearest/nearest-boundary';
import { type NearestOptions, nearestRules } from './nearest/nearest-options';
import { select } from './rows';

export interface FmnAttackOptions extends NearestOptions {
  /** What the perturbation is measured in. Default `l2`. */
  norm?: Distance;
  /** Number of images looked at, the clean one first. Default 100 (foolbox 3.3; the authors' code and adversarial-library 0.2: 10). */
  steps?: number;
  /** Size of the first step, in l2. Default 1 (the authors' code, foolbox 3.3, adversarial-library 0.2). */
  stepSize?: number;
  /** Size of the last step. Default `stepSize / 100` (the same three). */
  lastStepSize?: number;
  /** Share by which the radius changes in the first step, down to 0.001 in the last. Default 0.05 (the same three). */
  gamma?: number;
}
export interface FmnOptions extends FmnAttackOptions, RunOptions {}

const rules: Rules = {
  ...nearestRules,
  norm: oneOf('linf', 'l2', 'l1', 'l0'),
  steps: integer({ min: 2 }),
  stepSize: number({ above: 0 }),
  lastStepSize: number({ above: 0 }),
  gamma: number({ above: 0, below: 1 }),
};

function resolved({ norm = 'l2', eps = null, steps = 100, stepSize = 1, ...rest }: FmnAttackOptions) {
  const { lastStepSize = stepSize / 100, gamma = 0.05, targets } = rest;
  return { norm, eps, steps, stepSize, lastStepSize, gamma, ...targetsAsJson(targets) };
}

type Memory = {
  radius: Tensor1D;
  /** Size of the nearest that was broken. */
  nearest: Tensor1D;
  /** Whether one was: 1 or 0. */
  found: Tensor1D;
};

const tiny = 1e-12;
const lastGamma = 0.001;
/** How much farther than to the boundary the radius goes, as a share. */
const beyond = 0.05;

interface RadiusOptions {
  norm: NormName;
  /** Of the perturbation. */
  size: Tensor1D;
  gamma: number;
  bounds: Bounds;
}

/** The gradient of the pixels that can follow it: those at their bound take nobody nearer to the boundary. */
const followed = ({ x, gradient }: Sight, [low, high]: Bounds): Tensor4D =>
  mul(gradient, step(where(greater(gradient, 0), sub(high, x), sub(x, low))));

/** The next radius in a norm: below the nearest where broken, else farther out, or just beyond where the boundary seems. */
function inNorm(sight: Sight, now: Memory, { norm, size, gamma, bounds }: RadiusOptions): Tensor1D {
  const slope = maximum(dualSize[norm](followed(sight, bounds)), tiny);
  const boundary = add(size, mul(div(abs(sight.loss), slope), 1 + beyond));
  const farther = where(less(0, now.found), mul(now.radius, 1 + gamma), boundary);
  return where(less(sight.margin, 0), minimum(mul(now.radius, 1 - gamma), now.nearest), farther) as Tensor1D;
}

/** As in a norm, by one value at least. */
function inCount({ margin }: Sight, { radius, nearest }: Memory, gamma: number) {
  const fewer = minimum(minimum(sub(radius, 1), floor(mul(radius, 1 - gamma))), nearest);
  const more = maximum(add(radius, 1), floor(mul(radius, 1 + gamma)));
  return maximum(where(less(margin, 0), fewer, more), 0) as Tensor1D;
}

/**
 * Fast minimum-norm attack: steps along the gradient of the logit margin, projected onto a ball that shrinks where the image
 * is broken and grows where it is not, in linf, l2, l1 or the number of changed values (l0).
 *
 * Until an example is broken the radius is the distance of the boundary, made linear, and 5 % of what is left more. The bounds
 * are minded: ball and box are projected on at once, and pixels at their bound bring no boundary nearer. In the authors' code
 * they lie outside that estimate, and an example whose nearest adversarial image has such pixels may end before the boundary.
 *
 * Pintor et al., Fast minimum-norm adversarial attacks through adaptive norm constraints (NeurIPS 2021).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the nearest adversarial image found; the caller owns `x`. 1 + steps + 1 forward passes at most, steps - 1
 * backwards
 * @throws as {@link pgd}
 * @example
 * const { distance } = await fmn(f, x, y, { norm: 'l1' });
 */
export async function fmn(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: FmnOptions = {},
): Promise<AttackResult> {
  checkOptions('fmn', options, { ...rules, ...runRules });
  const { norm, eps, steps, stepSize, lastStepSize, gamma, targets } = resolved(options);
  const { bounds } = f;
  const ascent: Ascent<Memory> = {
    ...{ steps: steps - 1, countsFrom: 0 },
    next(sight, memory, iteration) {
      const { x: at, center, gradient, margin } = sight;
      const largest = sizeOfDelta(norm, farthest(center, bounds));
      const [none, one] = [fill(margin.shape, 0), fill(margin.shape, 1)] as Tensor1D[];
      const before = memory ?? { radius: one, nearest: largest, found: none };
      const size = sizeOfDelta(norm, sub<Tensor4D>(at, center));
      const isBroken = less<Tensor1D>(margin, 0);
      const now = {
        ...before,
        nearest: select(isBroken, minimum<Tensor1D>(size, before.nearest), before.nearest),
        found: cast(logicalOr(isBroken, less(0, before.found)), 'float32') as Tensor1D,
      };
      const gammaNow = cosine(gamma, lastGamma, iteration, steps);
      const wanted =
        norm === 'l0' ? inCount(sight, now, gammaNow) : inNorm(sight, now, { norm, size, gamma: gammaNow, bounds });
      const radius = minimum<Tensor1D>(wanted, largest);
      const move = mul(norms.l2.steepest(gradient), cosine(stepSize, lastStepSize, iteration, steps));
      return { x: intoBall(norm, add<Tensor4D>(at, move), center, radius, bounds), memory: { ...now, radius } };
    },
  };
  const plan: GradientAttackPlan = {
    ...{ norm, eps, targets, loss: 'margin', ...nearest },
    ascent,
  };
  return gradientAttack('fmn', f, x, y, plan, options);
}

/** {@link fmn} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function fmnAttack(options: FmnAttackOptions = {}): Attack {
  checkOptions('fmnAttack', options, rules);
  return asValue('fmn', fmn, resolved(options));
}
