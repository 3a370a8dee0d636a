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
  type Rule,
  type Rules,
  type RunOptions,
  runRules,
} from '@agoge/core';
import { abs, add, div, maximum, mean, mul, sub, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LossName, Targets } from './aim';
import { ascentStep } from './ascent/ascent-step';
import type { Ascent } from './ascent/climb';
import { asValue, gradientAttack } from './ascent/gradient-attack';
import { ballRules, targetsAsJson } from './ball-options';
import { steadyGradient } from './mi-fgsm/steady-gradient';

export interface MiFgsmAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Number of steps. Default 10 (the authors' code, torchattacks 3.5). */
  steps?: number;
  /** Size of one step, in the norm. Default `eps / steps` (the authors' code; torchattacks 3.5: 2 / 255). */
  stepSize?: number;
  /** What is left of the momentum after a step. Default 1 (the authors' code, torchattacks 3.5). */
  decay?: number;
  /** `heavy-ball` (default, MI), or `nesterov`: gradients are taken where the momentum alone would lead (NI). */
  momentum?: 'heavy-ball' | 'nesterov';
  /** Probability that a gradient is taken of the image shrunk and put somewhere (DI). Default 0: never; its authors, torchattacks 3.5: 0.5. */
  diversity?: number;
  /** The smallest size that it is shrunk to, as a share. Default 0.9 (torchattacks 3.5; its authors enlarge, 299 pixels to 330). */
  smallest?: number;
  /** Pixels of a Gaussian filter that smooths gradients, an odd number (TI). Default 1: none; its authors, torchattacks 3.5: 15. */
  blur?: number;
  /** Gradients that are averaged, of the image divided by 1, 2, 4, ... (SI). Default 1; its authors, torchattacks 3.5: 5. */
  scales?: number;
  /** Images near by whose gradients correct the direction (VMI). Default 0; its authors: 20, torchattacks 3.5: 5. */
  neighbours?: number;
  /** How far they may be, in every pixel, as a share of eps. Default 1.5 (VMI's authors, torchattacks 3.5). */
  reach?: number;
  /** What is ascended: cross entropy (default), the logit margin, or the difference of logits ratio. */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface MiFgsmOptions extends MiFgsmAttackOptions, RunOptions {}

const odd: Rule = {
  expected: 'an odd integer >= 1',
  test: (value) => {
    if (typeof value !== 'number') return 'kind';
    return Number.isSafeInteger(value) && value > 0 && value % 2 === 1 ? 'ok' : 'range';
  },
};

const attackRules: Rules = {
  ...ballRules,
  steps: integer({ min: 1 }),
  stepSize: number({ min: 0 }),
  decay: number({ min: 0 }),
  momentum: oneOf('heavy-ball', 'nesterov'),
  diversity: number({ min: 0, max: 1 }),
  smallest: number({ above: 0, max: 1 }),
  blur: odd,
  scales: integer({ min: 1 }),
  neighbours: integer({ min: 0 }),
  reach: number({ min: 0 }),
};

function resolved({
  norm = 'linf',
  eps,
  steps = 10,
  decay = 1,
  momentum = 'heavy-ball',
  ...rest
}: MiFgsmAttackOptions) {
  const { stepSize = eps / steps, diversity = 0, smallest = 0.9, blur = 1, scales = 1 } = rest;
  const { neighbours = 0, reach = 1.5, loss = 'ce', targets } = rest;
  const gradients = { diversity, smallest, blur, scales, neighbours, reach };
  return { norm, eps, steps, stepSize, decay, momentum, ...gradients, loss, ...targetsAsJson(targets) };
}

type Memory = {
  /** Where the steps have led; with `nesterov` the iterates are ahead of it. */
  at: Tensor4D;
  momentum: Tensor4D;
  /** By how much gradients near by differed from the last. */
  variance: Tensor4D;
};

const tiny = 1e-12;

function momentumSteps(
  { norm, eps, steps, stepSize, decay, momentum: kind }: ReturnType<typeof resolved>,
  bounds: Bounds,
): Pick<Ascent<Memory>, 'steps' | 'countsFrom' | 'next'> {
  return {
    steps,
    countsFrom: 0,
    next({ x, center, gradient, nearby = gradient }, memory, iteration) {
      const g: Tensor4D = memory ? add(gradient, memory.variance) : gradient;
      const pull = div<Tensor4D>(g, maximum(mean(abs(g), [1, 2, 3], true), tiny));
      const momentum = memory ? add<Tensor4D>(mul(memory.momentum, decay), pull) : pull;
      const at = ascentStep(memory?.at ?? x, center, momentum, { norm, eps, stepSize, bounds });
      const after = { at, momentum, variance: sub<Tensor4D>(nearby, gradient) };
      if (kind === 'heavy-ball' || iteration === steps - 1) return { x: at, memory: after };
      const ahead = add<Tensor4D>(at, mul(momentum, stepSize * decay));
      return { x: norms[norm].project(ahead, center, eps, bounds), memory: after };
    },
  };
}

/**
 * The momentum iterative method: steps along a running sum of gradients, each divided by its mean size, which carries over to
 * other models better than the gradients themselves.
 *
 * `m <- decay * m + g / mean|g|`, then a step of steepest ascent along `m`. By options the rest of the family, alone or
 * together: Nesterov's look ahead (NI), shrunk images (DI), smoothed gradients (TI), divided images (SI), gradients corrected
 * by those near by (VMI). Noise is keyed by (seed, example, step). Images that are only looked at stay within the bounds, and
 * iterates within ball and box, unlike in the papers.
 *
 * What is returned is broken for `f`, or the iterate of the smallest margin; to attack another model, classify it there.
 *
 * Dong et al., Boosting adversarial attacks with momentum (CVPR 2018); Lin et al., Nesterov accelerated gradient and scale
 * invariance for adversarial attacks (ICLR 2020); Xie et al., Improving transferability of adversarial examples with input
 * diversity (CVPR 2019); Dong et al., Evading defenses to transferable adversarial examples by translation-invariant attacks
 * (CVPR 2019); Wang and He, Enhancing the transferability of adversarial attacks through variance tuning (CVPR 2021).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`. (1 + neighbours) x scales forward and backward passes per step, with diversity one
 * forward more, and three forwards
 * @throws as {@link pgd}
 * @example
 * const { x: adversarial } = await miFgsm(f, x, y, { eps: 16 / 255, diversity: 0.5, blur: 15 });
 */
export async function miFgsm(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: MiFgsmOptions,
): Promise<AttackResult> {
  checkOptions('miFgsm', options, { ...attackRules, ...runRules });
  const all = resolved(options);
  const { norm, eps, loss, targets } = all;
  const evaluate = steadyGradient(all, x.shape, f.bounds, options.seed ?? 0);
  const plan = {
    ...{ norm, eps, loss, targets },
    ascent: { ...momentumSteps(all, f.bounds), evaluate } as Ascent,
  };
  return gradientAttack('miFgsm', f, x, y, plan, options);
}

/** {@link miFgsm} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function miFgsmAttack(options: MiFgsmAttackOptions): Attack {
  checkOptions('miFgsmAttack', options, attackRules);
  return asValue('miFgsm', miFgsm, resolved(options));
}
