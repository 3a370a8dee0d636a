import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  runRules,
  signOf,
} from '@agoge/core';
import {
  abs,
  add,
  clipByValue,
  div,
  greater,
  less,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import { type Ascent, glance, slope } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack, nearest } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';
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

export interface EadAttackOptions extends NearestOptions, ConstantSearchOptions {
  /** The norm that it has. */
  norm?: 'l1';
  /** Weight of the l1 norm beside the square of the l2 norm. Default 0.01 (the authors' `test_attack.py`, foolbox 3.3). */
  regularization?: number;
}
export interface EadOptions extends EadAttackOptions, RunOptions {}

const rules: Rules = { ...nearestRules, norm: oneOf('l1'), ...constantSearchRules, regularization: number({ min: 0 }) };

const resolved = ({ eps = null, regularization = 0.01, targets, ...rest }: EadAttackOptions) => ({
  ...{ norm: 'l1' as const, eps, regularization },
  ...resolvedSearch(rest),
  ...targetsAsJson(targets),
});

type Memory = Search & {
  /** The last iterate proper; the momentum's is what the gradient is taken at. */
  last: Tensor4D;
  ahead: Tensor4D;
  loss: Tensor1D;
};

/**
 * Elastic-net attack: `|d|^2 + beta |d|_1 + c max(margin + confidence, 0)` by iterative shrinkage with momentum, for a series
 * of constants `c` that is led by what they achieve. Of what is broken the nearest in l1 is kept: the paper's L1 rule (foolbox's
 * default is its EN rule, by the sum of both norms).
 *
 * `x' <- shrink(z - a g)`, which takes each pixel back by `beta` or all the way to the clean one, and
 * `z <- x' + k / (k + 3) (x' - x)`, cut to the bounds; `a` falls as the square root of the steps that are left in the round.
 * Every example has rounds of its own, as in {@link cw}.
 *
 * Chen et al., EAD: elastic-net attacks to deep neural networks via adversarial examples (AAAI 2018).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the nearest adversarial image found; the caller owns `x`. 1 + 2 x rounds x steps + 1 forward passes at
 * most, rounds x steps backwards
 * @throws as {@link pgd}
 * @example
 * const { distance } = await ead(f, x, y, { steps: 1000 });
 */
export async function ead(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: EadOptions = {},
): Promise<AttackResult> {
  checkOptions('ead', options, { ...rules, ...runRules });
  const { norm, eps, rounds, steps, initialConstant, stepSize, confidence, regularization, targets } =
    resolved(options);
  const [low, high] = f.bounds;
  const isLook = (iteration: number) => iteration % 2 === 1;
  const shrink = (image: Tensor4D, center: Tensor4D): Tensor4D => {
    const delta = sub<Tensor4D>(image, center);
    const shrunk = mul(signOf(delta), relu(sub(abs(delta), regularization)));
    return clipByValue(add<Tensor4D>(center, shrunk), low, high);
  };
  const ascent: Ascent<Memory> = {
    ...{ steps: 2 * rounds * steps - 1, countsFrom: 0 },
    counts: isLook,
    evaluate: (question, iteration) => (isLook(iteration) ? glance(question) : slope(question)),
    next({ x: at, center, gradient, margin }, memory, iteration) {
      const before = memory ?? {
        ...beginSearch(center.shape[0], initialConstant),
        ...{ last: center, ahead: center, loss: margin },
      };
      if (isLook(iteration)) {
        const { search, ended } = goOn(before, less<Tensor1D>(margin, -confidence), before.loss, { steps });
        const [last, ahead] = [select(ended, center, at), select(ended, center, before.ahead)];
        return { x: ahead, memory: { ...search, last, ahead, loss: before.loss } };
      }
      const delta = sub<Tensor4D>(at, center);
      const short = relu<Tensor1D>(add<Tensor1D>(margin, confidence));
      const loss = add<Tensor1D>(sum(square(delta), [1, 2, 3]), mul<Tensor1D>(before.constant, short));
      const weight = perImage(where(greater(short, 0), before.constant, 0));
      const g = sub(mul(delta, 2), mul(gradient, weight));
      const left = sqrt(sub(1, div(before.made, steps)));
      const next = shrink(sub(at, mul(g, perImage(mul(left, stepSize)))), center);
      const momentum = perImage(div(before.made, add(before.made, 3)));
      const ahead = clipByValue(add<Tensor4D>(next, mul(momentum, sub(next, before.last))), low, high);
      return { x: next, memory: { ...before, ahead, loss } };
    },
    done: (memory) => isSearched(memory, rounds),
  };
  const plan: GradientAttackPlan = {
    ...{ norm, eps, targets, loss: 'margin', ...nearest, confidence },
    ascent,
  };
  return gradientAttack('ead', f, x, y, plan, options);
}

/** {@link ead} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function eadAttack(options: EadAttackOptions = {}): Attack {
  checkOptions('eadAttack', options, rules);
  return asValue('ead', ead, resolved(options));
}
