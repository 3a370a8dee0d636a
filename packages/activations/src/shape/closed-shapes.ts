import type { ClosedShape } from './activation-shape';
import { gated } from './gated';
import { gelu, geluTanh } from './gelu';
import { bent, exponential, joinedAtZero, line, logarithmic } from './joined-at-zero';
import { mish, softened } from './softened';

/** What the shapes of this package depend on; each on some of it. */
export interface ShapeParameters {
  alpha: number;
  beta: number;
  r: number;
  approximation: string;
}

/** The activations in float64, by their names in the registry, as functions of their parameters as these act. */
export const closedShapes: Readonly<Record<string, (parameters: ShapeParameters) => ClosedShape>> = {
  celu: ({ alpha }) => joinedAtZero(exponential(alpha, alpha), line(1)),
  elu: ({ alpha }) => joinedAtZero(exponential(alpha, 1), line(1)),
  gelu: ({ approximation }) => (approximation === 'tanh' ? geluTanh() : gelu()),
  mish,
  pblu: ({ alpha }) => joinedAtZero(line(0), bent(alpha)),
  pelu: ({ alpha }) => joinedAtZero(exponential(alpha, 1), line(1)),
  ppelu: ({ alpha }) => joinedAtZero(exponential(1, 1), line(alpha)),
  pprelu: ({ alpha }) => joinedAtZero(line(0), line(alpha)),
  prelu: ({ alpha }) => joinedAtZero(line(alpha), line(1)),
  psilu: ({ alpha }) => gated(alpha, 0),
  psoftplus: ({ alpha }) => softened(alpha),
  pssilu: ({ alpha, beta }) => gated(alpha, beta),
  pssilufixedbeta: ({ alpha, beta }) => gated(alpha ** 2, beta),
  relu: () => joinedAtZero(line(0), line(1)),
  silu: () => gated(1, 0),
  smoothrelu: ({ r }) => joinedAtZero(line(0), logarithmic(r * r)),
  smoothgradientrelu: () => joinedAtZero(line(0), line(1)),
  softplus: () => softened(1),
  ssilu: ({ beta }) => gated(1, beta),
};
