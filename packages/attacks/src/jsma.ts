import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Bounds,
  type Classifier,
  checkOptions,
  integer,
  lossAndGradient,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  required,
  runRules,
  signOf,
} from '@agoge/core';
import {
  abs,
  add,
  argMax,
  cast,
  clipByValue,
  equal,
  greater,
  maximum,
  mul,
  neg,
  oneHot,
  relu,
  reshape,
  step,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Targets, targetsRule } from './aim';
import type { Answer, Ascent, Question } from './ascent/climb';
import { asValue, type GradientAttackPlan, gradientAttack } from './ascent/gradient-attack';
import { targetsAsJson } from './ball-options';

export interface JsmaAttackOptions {
  /** What it is measured in: the number of values that differ. */
  norm?: 'l0';
  /** How many values (pixels times channels) may be changed, one per step; torchattacks 3.5: a tenth of them. */
  eps: number;
  /** By how much a value is changed, as a share of the bounds' range. Default 1 (cleverhans 3.1, torchattacks 3.5; ART 1.20: 0.1). */
  theta?: number;
  /** Classes that are gone for, one after another, those of the largest logits on the clean image first. Default 1 (ours). */
  rivals?: number;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: see `rivals`. */
  targets?: Targets;
}
export interface JsmaOptions extends JsmaAttackOptions, RunOptions {}

const attackRules: Rules = {
  norm: oneOf('l0'),
  eps: required(integer({ min: 0 })),
  theta: number({ above: 0, max: 1 }),
  rivals: integer({ min: 1 }),
  targets: targetsRule,
};

const resolved = ({ eps, theta = 1, rivals = 1, targets }: JsmaAttackOptions) => ({
  ...{ norm: 'l0' as const, eps, theta, rivals },
  ...targetsAsJson(targets),
});

/**
 * The saliency map with the sign of the move, `sign(a) * max(0, -a b)` with `a` the gradient of the logit wanted and `b` that of
 * the sum of all others: values that raise the one and lower the others.
 */
function saliency({ f, x, wanted }: Question): Answer {
  const logitWanted = (logits: Tensor2D) =>
    sum<Tensor1D>(mul(logits, oneHot(cast(wanted, 'int32'), logits.shape[1])), 1);
  const one = lossAndGradient(f, x, logitWanted);
  const all = lossAndGradient(f, x, (logits) => sum<Tensor1D>(logits, 1));
  const others = sub(all.gradient, one.gradient);
  return {
    ...{ logits: one.logits, loss: one.loss },
    gradient: mul<Tensor4D>(signOf(one.gradient), relu(neg(mul(one.gradient, others)))),
    check: async () => {
      await one.check();
      await all.check();
    },
    ...{ forwards: 2, backwards: 2 },
  };
}

type Memory = {
  /** 1 where a value has been changed. */
  changed: Tensor4D;
  /** 1 where nothing salient is left, `[n]`. */
  stuck: Tensor1D;
};

function salientSteps(steps: number, theta: number, [low, high]: Bounds): Ascent<Memory> {
  return {
    steps,
    countsFrom: 0,
    evaluate: saliency,
    next({ x, gradient }, memory) {
      const { changed } = memory ?? { changed: zerosLike(x) };
      const room = maximum(where(greater(gradient, 0), sub(high, x), sub(x, low)), 0);
      const worth = mul(abs(gradient), mul(step(room), sub(1, changed)));
      const flat = reshape(worth, [x.shape[0], -1]) as Tensor2D;
      const chosen = reshape(cast(oneHot(argMax(flat, 1) as Tensor1D, flat.shape[1]), 'float32'), x.shape);
      const picked = mul<Tensor4D>(chosen, step(worth));
      const move = mul(mul(signOf(gradient), picked), theta * (high - low));
      return {
        x: clipByValue(add<Tensor4D>(x, move), low, high),
        memory: {
          changed: add<Tensor4D>(changed, picked),
          stuck: cast(equal(sum(picked, [1, 2, 3]), 0), 'float32') as Tensor1D,
        },
      };
    },
    done: ({ stuck }) => stuck.clone(),
  };
}

/**
 * The Jacobian-based saliency map attack: changes few values, one at a time, each by `theta` at once: the one that most raises
 * the logit wanted while it lowers the others together.
 *
 * Values may go up or down, each is changed once, and the saliency is that of the logits. The paper also looks at pairs of
 * values, whose number is quadratic; this does not. Who has no salient value left stops.
 *
 * Papernot et al., The limitations of deep learning in adversarial settings (EuroS&P 2016).
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example, the distance being the number of values changed; the caller owns `x`. 1 + rivals x (2 eps + 1) + 1 forward
 * passes at most, 2 backwards per step
 * @throws as {@link pgd}
 * @example
 * const { broken, distance } = await jsma(f, x, y, { eps: 40 });
 */
export async function jsma(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: JsmaOptions,
): Promise<AttackResult> {
  checkOptions('jsma', options, { ...attackRules, ...runRules });
  const { norm, eps, theta, rivals, targets } = resolved(options);
  const plan: GradientAttackPlan = {
    ...{ norm, eps, loss: 'margin', keeps: 'nearest', targets },
    ...(targets === undefined && { rivals }),
    ascent: salientSteps(eps, theta, f.bounds) as Ascent,
  };
  return gradientAttack('jsma', f, x, y, plan, options);
}

/** {@link jsma} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function jsmaAttack(options: JsmaAttackOptions): Attack {
  checkOptions('jsmaAttack', options, attackRules);
  return asValue('jsma', jsma, resolved(options));
}
