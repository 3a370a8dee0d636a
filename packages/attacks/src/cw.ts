import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import {
  add,
  div,
  greater,
  less,
  log,
  mul,
  relu,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
  tanh,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Ascent } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack, nearest } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
import { adam, type Moments } from './estimated/adam';
import {
  beginSearch,
  type ConstantSearchOptions,
  constantSearchRules,
  goOn,
  isSearched,
  resolvedSearch,
  type Search,
} from './nearest/constant-search';
import { type NearestOptions, nearestRules } from './nearest/nearest-options';
import { perImage, select } from './rows';

export interface CwAttackOptions extends NearestOptions, ConstantSearchOptions {
  /** The norm that it has. */
  norm?: 'l2';
}
export interface CwOptions extends CwAttackOptions, RunOptions {}

const rules: Rules = { ...nearestRules, norm: oneOf('l2'), ...constantSearchRules };

const resolved = ({ eps = null, targets, ...rest }: CwAttackOptions) => ({
  ...{ norm: 'l2' as const, eps },
  ...resolvedSearch(rest),
  ...targetsAsJson(targets),
});

/** Pixels at a bound are taken for this share of the way to it, where tanh has an inverse. */
const nearly = 0.999999;

type Memory = Search &
  Moments & {
    /** Pixels are `middle + half tanh(w)`. */
    w: Tensor4D;
  };

/**
 * Carlini and Wagner's attack in l2: Adam on `|d|^2 + c max(margin + confidence, 0)`, in a variable that cannot leave the
 * bounds, for a series of constants `c` that is led by what they achieve.
 *
 * Every example has rounds of its own, and ends each when it stalls, whatever the others do: the codes around end a round
 * when the whole batch stalls.
 *
 * Carlini and Wagner, Towards evaluating the robustness of neural networks (S&P 2017), section VI-A.
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the nearest adversarial image found; the caller owns `x`. 1 + rounds x steps + 1 forward passes at
 * most, one backward less than that without the two
 * @throws as {@link pgd}
 * @example
 * const { distance } = await cw(f, x, y, { steps: 1000 });
 */
export async function cw(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: CwOptions = {},
): Promise<AttackResult> {
  checkOptions('cw', options, { ...rules, ...runRules });
  const { norm, eps, rounds, steps, initialConstant, stepSize, confidence, targets } = resolved(options);
  const [low, high] = f.bounds;
  const [middle, half] = [(high + low) / 2, (high - low) / 2];
  const inside = (image: Tensor4D): Tensor4D => {
    const u = mul<Tensor4D>(sub(image, middle), nearly / half);
    return mul(log(div(add(1, u), sub(1, u))), 0.5);
  };
  const imageOf = (w: Tensor4D): Tensor4D => add(mul(tanh(w), half), middle);
  const ascent: Ascent<Memory> = {
    ...{ steps: rounds * steps - 1, countsFrom: 0 },
    next({ x: at, center, gradient, margin }, memory) {
      const start = inside(center);
      const none = zerosLike(center);
      const before = memory ?? {
        ...beginSearch(center.shape[0], initialConstant),
        ...{ w: start, mean: none, power: none },
      };
      const delta = sub<Tensor4D>(at, center);
      const short = relu<Tensor1D>(add<Tensor1D>(margin, confidence));
      const loss = add<Tensor1D>(sum(square(delta), [1, 2, 3]), mul<Tensor1D>(before.constant, short));
      const weight = perImage(where(greater(short, 0), before.constant, 0));
      const slope = mul(sub(mul(delta, 2), mul(gradient, weight)), mul(sub(1, square(tanh(before.w))), half));
      const { direction, moments } = adam(before, slope as Tensor4D, add(before.made, 1));
      const moved = sub<Tensor4D>(before.w, mul(direction, stepSize));
      const { search, ended } = goOn(before, less<Tensor1D>(margin, -confidence), loss, { steps });
      const after = {
        ...search,
        w: select(ended, start, moved),
        mean: select(ended, none, moments.mean),
        power: select(ended, none, moments.power),
      };
      return { x: imageOf(after.w), memory: after };
    },
    done: (memory) => isSearched(memory, rounds),
  };
  const plan: GradientAttackPlan = {
    ...{ norm, eps, targets, loss: 'margin', ...nearest, confidence },
    ascent,
    start: ({ center }) => imageOf(inside(center)),
  };
  return gradientAttack('cw', f, x, y, plan, options);
}

/** {@link cw} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function cwAttack(options: CwAttackOptions = {}): Attack {
  checkOptions('cwAttack', options, rules);
  return asValue('cw', cw, resolved(options));
}
