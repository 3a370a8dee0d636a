import { nullable, number } from '@agoge/core';
import {
  add,
  broadcast_util,
  mul,
  neg,
  reciprocal,
  type Scalar,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions, type ScalarOptions } from './activation-layer';
import { type FusedRule, fused, type GradientOf, type Parameter, sumTo } from './fused';
import { magnitude } from './magnitude';

const rule: FusedRule = {
  constrain: magnitude,
  forward(x, [a, b]) {
    const gate = sigmoid(mul(x, a));
    const shifted = mul(sub(gate, b), stretch(b));
    return { value: mul(x, shifted), saved: [x, gate, shifted] };
  },
  backward(dy, [x, gate, shifted], [a, b], of) {
    const c = stretch(b);
    const open = mul(x, gate);
    const closed = sub(x, open); // x (1 - gate): exactly 0 where the gate is 1, so nothing large cancels
    const dx = mul(dy, add(shifted, mul(mul(gate, closed), mul(a, c))));
    if (of === 'input') return [dx];
    const reach = mul(dy, closed);
    const both = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const da = sumTo(mul(sumTo(mul(reach, open), both), c), a.shape);
    const db = mul(sumTo(reach, b.shape), neg(square(c)));
    return [dx, da, db];
  },
};

const stretch = (b: Tensor) => reciprocal(sub(1, b));

/** {@link pssilu} with a say in which gradients are made. */
function evaluate<T extends Tensor>(x: T, alpha: Parameter, beta: Parameter, of: GradientOf): T {
  return fused('pssilu', rule, x, { alpha, beta }, of);
}

/**
 * Parametric shifted SiLU, `f(x) = x (s(a x) - b) / (1 - b)` with `a = |alpha|`, `b = |beta|`, `s` the logistic function:
 * positive for very negative `x`, and curved around 0.
 *
 * With `s = s(a x)`: `df/dx = (s - b + a x s (1 - s)) / (1 - b)`, `df/da = x^2 s (1 - s) / (1 - b)` and
 * `df/db = x (s - 1) / (1 - b)^2`; the gradients to `alpha` and `beta` are these times their signs, where sign(0) = 0.
 *
 * Dai, Mahloujifar, Mittal 2021, "Parameterizing Activation Functions for Adversarial Robustness" (PAF, arXiv 2110.05626),
 * in the form of the published models. `alpha = 1, beta = 0` is SiLU.
 *
 * @param x of any shape
 * @param alpha steepness; a tensor that broadcasts to `x` gets a gradient in its own shape, a number is a constant
 * @param beta shift, as `alpha`; |beta| below 1, where `f` is infinite. From exactly 0 it never moves: its sign is 0
 * @returns of the shape of `x`; the caller owns it
 * @throws TypeError, RangeError or ShapeError for an argument of the wrong kind, size or shape
 */
export function pssilu<T extends Tensor>(x: T, alpha: Parameter, beta: Parameter): T {
  return evaluate(x, alpha, beta, 'all');
}

export interface PSSiLUOptions extends LayerOptions, ScalarOptions<'alpha' | 'beta'> {
  /** Start value, above 0. Default 1 (PAF's code). */
  alpha?: number;
  /** Start value in [0, 1). Default 1e-8 (RobustBench's copy): from 0, which PAF's code starts with, it never moves. */
  beta?: number;
  /** The loss grows by `penalty * |beta|`, once however often the layer is shared. Default 10 (PAF's code). */
  penalty?: number;
  /** The norm that beta's gradient is clipped to, or null; a wish that {@link trainingHints} tells a trainer. Default 0.1 (PAF's code). */
  clipNorm?: number | null;
}

/**
 * {@link pssilu} with learned `alpha` and `beta`, one pair for all places the layer is used; `AgogePSSiLU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const PSSiLU = activationLayer<PSSiLUOptions>({
  name: 'PSSiLU',
  scalars: {
    alpha: { initial: 1, rule: number({ above: 0 }), effective: Math.abs },
    beta: {
      initial: 1e-8,
      rule: number({ min: 0, below: 1 }),
      effective: Math.abs,
      clipNorm: ({ clipNorm }) => clipNorm,
      penalty: (beta, { penalty }) => mul<Scalar>(sum(magnitude(beta)), penalty),
    },
  },
  defaults: { penalty: 10, clipNorm: 0.1 },
  rules: { penalty: number({ min: 0 }), clipNorm: nullable(number({ above: 0 })) },
  apply: (x, [alpha, beta], of) => evaluate(x, alpha, beta, of),
});
