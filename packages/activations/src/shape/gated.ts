import { type ClosedShape, endOf, type Interval } from './activation-shape';
import { joinedAtZero, line } from './joined-at-zero';

/** The largest slope of `x s(x)`: at the root of `x tanh(x / 2) = 2`, 2.3993572805154675. The smallest is 1 less this. */
const steepest = 1.0998393201288668;

/**
 * The shifted SiLU, `f(x) = x (s(a x) - b) / (1 - b)` with `s` the logistic function: SiLU for `a = 1, b = 0`.
 *
 * Its `f''` is even with its largest value at 0, and its slope depends on `a x` alone.
 */
export function gated(a: number, b: number): ClosedShape {
  const stretch = 1 / (1 - b);
  if (a === 0) return joinedAtZero(line((0.5 - b) * stretch), line((0.5 - b) * stretch));
  const slopes = [1 - steepest, steepest].map((slope) => (slope - b) * stretch);
  const crossing = Math.log(b / (1 - b)) / a; // not finite where there is none
  const isCrossing = b > 0 && b < 1 && crossing !== 0;
  const zeros: Interval[] = isCrossing ? [crossing, 0].sort((p, q) => p - q).map((zero) => [zero, zero]) : [[0, 0]];
  return {
    jet(x) {
      const gate = logistic(a * x);
      const bell = gate * logistic(-a * x);
      const tilt = 2 - a * x * Math.tanh((a * x) / 2);
      return [x * (gate - b) * stretch, (gate - b + a * x * bell) * stretch, a * bell * tilt * stretch];
    },
    ends: { left: endOf(-1, -b * stretch, 0), right: endOf(1, 1, 0) },
    zeros,
    positiveOnNegatives: b > 0 && b < 1 ? [[-Infinity, Math.min(crossing, 0)]] : [],
    curvature: { max: Math.abs((a * stretch) / 2), at: 0, side: 'both' },
    slope: { min: Math.min(...slopes), max: Math.max(...slopes) },
  };
}

/** The logistic function, which neither overflows nor loses its small values. */
export function logistic(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}
