import { type ClosedShape, endOf } from './activation-shape';
import { logistic } from './gated';

/** Parametric Softplus, `f(x) = log(1 + e^(a x)) / a` with `a > 0`: `f''` is even, with its largest value at 0. */
export function softened(a: number): ClosedShape {
  return {
    jet(x) {
      const gate = logistic(a * x);
      return [softplus(a * x) / a, gate, a * gate * logistic(-a * x)];
    },
    ends: { left: endOf(-1, 0, 0), right: endOf(1, 1, 0) },
    zeros: [],
    positiveOnNegatives: [[-Infinity, 0]],
    curvature: { max: a / 4, at: 0, side: 'both' },
    slope: { min: 0, max: 1 },
  };
}

/** Mish, `f(x) = x tanh(log(1 + e^x))`; where it is steepest and most curved has no closed form. */
export function mish(): ClosedShape {
  return {
    jet(x) {
      const [open, closed] = [logistic(x), logistic(-x)];
      const gate = Math.tanh(softplus(x));
      const gateSlope = (1 - gate * gate) * open;
      const gateCurvature = gateSlope * (closed - 2 * gate * open);
      return [x * gate, gate + x * gateSlope, 2 * gateSlope + x * gateCurvature];
    },
    ends: { left: endOf(-1, 0, 0), right: endOf(1, 1, 0) },
    zeros: [[0, 0]],
    positiveOnNegatives: [],
  };
}

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
