import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Bounds,
  type Classifier,
  checkOptions,
  integer,
  lossAndGradient,
  type NormName,
  norms,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import {
  add,
  clipByValue,
  concat,
  div,
  fill,
  less,
  maximum,
  minimum,
  mul,
  neg,
  split,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { type Ascent, glance, slope } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
import { ontoHyperplane } from './hyperplane';
import { lead } from './losses';
import { nearestBoundary } from './nearest/nearest-boundary';
import { type NearestOptions, nearestRules } from './nearest/nearest-options';
import { perImage, select } from './rows';

interface FabSteps {
  /** Norm of the perturbation. Default `linf`. */
  norm?: NormName;
  /** Steps of each restart. Default 100 (AutoAttack). */
  steps?: number;
  /** The most that a step leans towards the clean image. Default 0.1 (the paper, AutoAttack). */
  alphaMax?: number;
  /** How far beyond a boundary a step goes, as a multiple of the way to it. Default 1.05 (the paper, AutoAttack). */
  overshoot?: number;
  /** What is left of a perturbation that has crossed. Default 0.9 (the paper, AutoAttack). */
  backward?: number;
  /**
   * `reference` looks at labels where the authors' code does, after each step; `nearest` (default) also takes the points half a
   * step back, which are looked at anyway, and starts no restart farther out than half of what was found.
   */
  variant?: 'nearest' | 'reference';
}

export interface FabAttackOptions extends NearestOptions, FabSteps {
  /** Starts: the first is the clean image, the others noise around it. Default 1 (AutoAttack; 5 in its `plus`). */
  restarts?: number;
}
export interface FabOptions extends FabAttackOptions, RunOptions {}

export interface FabTargetedAttackOptions extends Omit<NearestOptions, 'targets'>, FabSteps {
  /** Classes that are gone for, one after another, in order of their logits on the clean image. Default 9 (AutoAttack). */
  rivals?: number;
}
export interface FabTargetedOptions extends FabTargetedAttackOptions, RunOptions {}

const stepRules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: nearestRules.eps,
  steps: integer({ min: 1 }),
  alphaMax: number({ min: 0, max: 1 }),
  overshoot: number({ min: 1 }),
  backward: number({ min: 0, max: 1 }),
  variant: oneOf('nearest', 'reference'),
};
const rules: Rules = { ...stepRules, restarts: integer({ min: 1 }), targets: nearestRules.targets };
const targetedRules: Rules = { ...stepRules, rivals: integer({ min: 1 }) };

function resolvedSteps({ norm = 'linf', steps = 100, alphaMax = 0.1, overshoot = 1.05, ...rest }: FabSteps) {
  const { backward = 0.9, variant = 'nearest' } = rest;
  return { norm, steps, alphaMax, overshoot, backward, variant };
}

const resolved = ({ eps = null, restarts = 1, targets, ...rest }: FabAttackOptions) => ({
  ...{ eps, restarts },
  ...resolvedSteps(rest),
  ...targetsAsJson(targets),
});

const resolvedTargeted = ({ eps = null, rivals = 9, ...rest }: FabTargetedAttackOptions) => ({
  ...{ eps, rivals },
  ...resolvedSteps(rest),
});

const tiny = 1e-8;

/** FAB's moves: two evaluations each, one for the boundary and one for whether it was crossed. */
function boundaryAscent(
  { norm, steps, alphaMax, overshoot, backward, variant }: ReturnType<typeof resolvedSteps>,
  [low, high]: Bounds,
  boundary: NonNullable<Ascent['evaluate']>,
): Ascent {
  const isLook = (iteration: number) => iteration % 2 === 1;
  return {
    steps: 2 * steps - 1,
    countsFrom: 0,
    counts: (iteration) => variant === 'nearest' || isLook(iteration),
    evaluate: (question, iteration) => (isLook(iteration) ? glance(question) : boundary(question, iteration)),
    next({ x, center, loss, gradient, margin }, _, iteration) {
      if (isLook(iteration)) {
        const back: Tensor4D = add(center, mul(sub(x, center), backward));
        return { x: select(less<Tensor1D>(margin, 0), back, x), memory: {} };
      }
      const drop = sum<Tensor1D>(mul(gradient, sub(center, x)), [1, 2, 3]);
      // Both at once: a program of half as many kernels.
      const gaps = neg<Tensor1D>(concat([loss, add<Tensor1D>(loss, drop)]));
      const moves = ontoHyperplane(norm, concat([x, center]), concat([gradient, gradient]), gaps, [low, high]);
      const [fromHere, fromCenter] = split(moves, 2);
      const [here, there] = split(maximum<Tensor1D>(norms[norm].size(moves), tiny), 2);
      const alpha = perImage(minimum(div(here, add(here, there)), alphaMax));
      const straight = mul(sub(1, alpha), add(x, mul(fromHere, overshoot)));
      const biased = mul(alpha, add(center, mul(fromCenter, overshoot)));
      return { x: clipByValue(add<Tensor4D>(straight, biased), low, high), memory: {} };
    },
  };
}

/** Radii of restarts where there is neither a ball nor a perturbation yet (the authors' code). */
const usual: Record<NormName, number> = { linf: 0.3, l2: 1, l1: 5 };

/** Noise of half the radius that is to be beaten. */
function noisyStart(
  center: Tensor4D,
  { norm, eps, variant }: ReturnType<typeof resolved>,
  key: { seed: number; index: Float64Array; stream: string },
  found: Tensor1D,
  [low, high]: Bounds,
): Tensor4D {
  const [, height, width, channels] = center.shape;
  const noise = norms[norm].sample(1, [height, width, channels], key);
  const most = fill(found.shape, eps ?? usual[norm]) as Tensor1D;
  const radius = variant === 'reference' ? most : minimum<Tensor1D>(found, most);
  const scale = perImage(div(mul(radius, 0.5), maximum(norms[norm].size(noise), tiny)));
  return clipByValue(add<Tensor4D>(center, mul(noise, scale)), low, high);
}

/**
 * The fast adaptive boundary attack: looks for the nearest adversarial image by steps onto the boundary, made linear, of the
 * class that is nearest.
 *
 * `x <- (1 - a)(x + 1.05 d) + a (c + 1.05 d')`, with `d` and `d'` the least moves that take `x` and the clean image `c` onto
 * the boundary within the bounds, `a = min(|d| / (|d| + |d'|), alphaMax)`; and `x <- c + 0.9 (x - c)` where that has crossed.
 *
 * Croce and Hein, Minimally distorted adversarial examples with a fast adaptive boundary attack (ICML 2020).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the nearest adversarial image found; the caller owns `x`. 1 + restarts x steps x classes + 1 forward
 * passes at most, restarts x steps x (classes - 1) backwards; with `targets` 2 and 1 per step
 * @throws as {@link pgd}
 * @example
 * const { distance } = await fab(f, x, y, { norm: 'l2' });
 */
export async function fab(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: FabOptions = {},
): Promise<AttackResult> {
  checkOptions('fab', options, { ...rules, ...runRules });
  const plan = resolved(options);
  const boundary: Ascent['evaluate'] = plan.targets
    ? slope
    : (question) => nearestBoundary(question, plan.norm, f.classes - 1);
  return gradientAttack('fab', f, x, y, planOf(plan, f, boundary), options);
}

/**
 * {@link fab} for one rival class after another, those of the largest logits on the clean image: two forwards and one
 * backward per step, however many classes there are. What AutoAttack runs.
 *
 * @returns as {@link fab}; 1 + 2 x rivals x steps + 1 forward passes at most, rivals x steps backwards
 */
export async function fabTargeted(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: FabTargetedOptions = {},
): Promise<AttackResult> {
  checkOptions('fabTargeted', options, { ...targetedRules, ...runRules });
  const { rivals, ...plan } = resolvedTargeted(options);
  const boundary: Ascent['evaluate'] = ({ f: classifier, x: at, y: label, wanted }) => ({
    ...lossAndGradient(classifier, at, (logits) => lead(logits, label, wanted)),
    ...{ forwards: 1, backwards: 1 },
  });
  const whole = planOf({ ...plan, restarts: 1 }, f, boundary);
  const start: GradientAttackPlan['start'] = ({ center }) => center.clone();
  return gradientAttack('fabTargeted', f, x, y, { ...whole, start, rivals }, options);
}

function planOf(
  plan: ReturnType<typeof resolved>,
  { bounds }: Classifier | BlackBox,
  boundary: NonNullable<Ascent['evaluate']>,
): GradientAttackPlan {
  const { norm, eps, restarts, targets } = plan;
  return {
    ...{ norm, eps, restarts, targets, loss: 'margin', keeps: 'nearest', leaves: 'inside' },
    ascent: boundaryAscent(plan, bounds, boundary),
    start({ center }, restart, key, found) {
      if (restart === 0) return center.clone();
      return noisyStart(center, plan, { ...key, stream: `fab/start/${restart}` }, found, bounds);
    },
  };
}

/** {@link fab} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function fabAttack(options: FabAttackOptions = {}): Attack {
  checkOptions('fabAttack', options, rules);
  return asValue('fab', fab, resolved(options));
}

/** {@link fabTargeted} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function fabTargetedAttack(options: FabTargetedAttackOptions = {}): Attack {
  checkOptions('fabTargetedAttack', options, targetedRules);
  return asValue('fabTargeted', fabTargeted, resolvedTargeted(options));
}
