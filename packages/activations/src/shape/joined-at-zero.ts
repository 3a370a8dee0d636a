import { type ClosedShape, endOf, type Interval, type Jet } from './activation-shape';

/** An activation on one side of 0, where it starts from the value 0 with a slope that only rises or only falls. */
export interface Half {
  jet(x: number): Jet;
  /** `f'` and `f''` at 0, seen from this side; `|f''|` is largest there. */
  slope: number;
  curvature: number;
  /** The line that is neared far out. */
  end: { slope: number; intercept: number };
  /** Whether `f` is 0 on the whole side. */
  flat: boolean;
  /** Where else `f` is 0. */
  zero?: number;
}

/** `f(x) = k x`. */
export function line(k: number): Half {
  return { jet: (x) => [k * x, k, 0], slope: k, curvature: 0, end: { slope: k, intercept: 0 }, flat: k === 0 };
}

/** `f(x) = height (e^(x / width) - 1)`, for the left. */
export function exponential(height: number, width: number): Half {
  if (height === 0) return line(0);
  const jet = (x: number): Jet => {
    const slope = (height / width) * Math.exp(x / width);
    return [height * Math.expm1(x / width), slope, slope / width];
  };
  const [, slope, curvature] = jet(0);
  return { jet, slope, curvature, end: { slope: 0, intercept: -height }, flat: false };
}

/** `f(x) = x + alpha (sqrt(x^2 + 1) - 1)`, for the right. */
export function bent(alpha: number): Half {
  const jet = (x: number): Jet => {
    const root = Math.hypot(x, 1);
    return [x + (alpha * x * x) / (root + 1), 1 + (alpha * x) / root, alpha / root ** 3];
  };
  const zero = alpha < -1 ? (-2 * alpha) / (alpha * alpha - 1) : undefined;
  return { jet, slope: 1, curvature: alpha, end: { slope: 1 + alpha, intercept: -alpha }, flat: false, zero };
}

/** `f(x) = x - log(1 + alpha x) / alpha`, for the right; `alpha > 0`. */
export function logarithmic(alpha: number): Half {
  const jet = (x: number): Jet => {
    const grown = 1 + alpha * x;
    return [x - Math.log1p(alpha * x) / alpha, (alpha * x) / grown, alpha / grown ** 2];
  };
  return { jet, slope: 0, curvature: alpha, end: { slope: 1, intercept: -Infinity }, flat: false };
}

/** The activation that is `left` up to 0 and `right` from there. */
export function joinedAtZero(left: Half, right: Half): ClosedShape {
  const slopes = [left.slope, left.end.slope, right.slope, right.end.slope];
  const [before, after] = [left, right].map(({ curvature }) => Math.abs(curvature));
  const smooth = left.slope === right.slope;
  const origin: Interval = [left.flat ? -Infinity : 0, right.flat ? Infinity : 0];
  return {
    jet: (x) => (x > 0 ? right : left).jet(x),
    ends: {
      left: endOf(-1, left.end.slope, left.end.intercept),
      right: endOf(1, right.end.slope, right.end.intercept),
    },
    zeros: right.zero === undefined ? [origin] : [origin, [right.zero, right.zero]],
    positiveOnNegatives: left.jet(-1)[0] > 0 ? [[-Infinity, 0]] : [],
    curvature: {
      max: smooth ? Math.max(before, after) : Infinity,
      at: 0,
      side: !smooth || before === after ? 'both' : before > after ? 'left' : 'right',
    },
    slope: { min: Math.min(...slopes) + 0, max: Math.max(...slopes) + 0 },
  };
}
