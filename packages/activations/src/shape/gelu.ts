import { type ClosedShape, endOf, type ShapeFeatures } from './activation-shape';

const common = (): Pick<ShapeFeatures, 'ends' | 'zeros' | 'positiveOnNegatives' | 'curvature'> => ({
  ends: { left: endOf(-1, 0, 0), right: endOf(1, 1, 0) },
  zeros: [[0, 0]],
  positiveOnNegatives: [],
  curvature: { max: Math.sqrt(2 / Math.PI), at: 0, side: 'both' },
});

/** GELU, `f(x) = x P(x)` with `P` the normal distribution function and `p` its density; `f'' = p (2 - x^2)`. */
export function gelu(): ClosedShape {
  const jet = (x: number) => {
    const [below, density] = [normalDistribution(x), normalDensity(x)];
    return [x * below, below + x * density, density * (2 - x * x)] as const;
  };
  const [, steepest] = jet(Math.SQRT2);
  return { jet, ...common(), slope: { min: 1 - steepest, max: steepest } };
}

/** GELU with a hyperbolic tangent, `f(x) = x (1 + tanh(u)) / 2`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`. */
export function geluTanh(): ClosedShape {
  const scale = Math.sqrt(2 / Math.PI);
  return {
    jet(x) {
      const t = Math.tanh(scale * (x + 0.044715 * x ** 3));
      const inner = scale * (1 + 3 * 0.044715 * x * x);
      const gateSlope = ((1 - t * t) * inner) / 2;
      const gateCurvature = (1 - t * t) * (scale * 3 * 0.044715 * x - t * inner * inner);
      return [(x * (1 + t)) / 2, (1 + t) / 2 + x * gateSlope, 2 * gateSlope + x * gateCurvature];
    },
    ...common(),
  };
}

const normalDensity = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The share of the normal distribution below `x`, to 1e-15 of 1: `1/2 + p(x) (x + x^3 / 3 + x^5 / (3 * 5) + ...)`, whose
 * terms have one sign (Marsaglia 2004, "Evaluating the Normal Distribution").
 */
function normalDistribution(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let [total, term] = [0, x];
  for (let k = 3; total + term !== total; k += 2) {
    total += term;
    term *= (x * x) / k;
  }
  return 0.5 + normalDensity(x) * total;
}
