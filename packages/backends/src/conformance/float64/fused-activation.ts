/** An activation that tfjs's fused kernels apply to their result. */
export interface FusedActivation {
  readonly name: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';
  /** Whether it takes more than comparisons and products. */
  readonly transcendental: boolean;
  /** The value at x; `slope` is that of negative numbers, of leakyrelu and prelu. */
  of(x: number, slope: number): number;
}

/** The seven. NaN stays NaN. */
export const fusedActivations: readonly FusedActivation[] = [
  { name: 'linear', transcendental: false, of: (x) => x },
  { name: 'relu', transcendental: false, of: (x) => Math.max(0, x) },
  { name: 'relu6', transcendental: false, of: (x) => Math.min(6, Math.max(0, x)) },
  { name: 'elu', transcendental: true, of: (x) => (x >= 0 ? x : Math.expm1(x)) },
  { name: 'sigmoid', transcendental: true, of: (x) => 1 / (1 + Math.exp(-x)) },
  { name: 'leakyrelu', transcendental: false, of: (x, slope) => (x >= 0 ? x : slope * x) },
  { name: 'prelu', transcendental: false, of: (x, slope) => (x >= 0 ? x : slope * x) },
];
