/** The activations in float64, by registry name and of all their parameters: the oracle of tests. */
export const float64: Record<string, (x: number, ...parameters: number[]) => number> = {
  relu: (x) => Math.max(x, 0),
  /** Of passes that are not for training. */
  smoothgradientrelu: (x) => Math.max(x, 0),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  silu: (x) => x * logistic(x),
  gelu: (x) => x * normal(x),
  gelutanh: (x) => x * logistic(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  celu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  mish: (x) => x * Math.tanh(float64.softplus(x)),
  psoftplus: (x, alpha) => float64.softplus(Math.abs(alpha) * x) / Math.abs(alpha),
  smoothrelu: (x, r) => Math.max(x, 0) - Math.log1p(r * r * Math.max(x, 0)) / (r * r),
  prelu: (x, alpha) => (x > 0 ? x : alpha * x),
  pelu: (x, alpha) => float64.elu(x, alpha),
  pblu: (x, alpha) => (x > 0 ? x + alpha * (Math.hypot(x, 1) - 1) : 0),
  pprelu: (x, alpha) => (x > 0 ? alpha * x : 0),
  ppelu: (x, alpha) => (x > 0 ? alpha * x : Math.expm1(x)),
  psilu: (x, alpha) => x * logistic(Math.abs(alpha) * x),
  ssilu: (x, beta) => (x * (logistic(x) - beta)) / (1 - beta),
  pssilufixedbeta: (x, alpha, beta) => (x * (logistic(alpha ** 2 * x) - beta)) / (1 - beta),
  pssilu: (x, alpha, beta) => (x * (logistic(Math.abs(alpha) * x) - Math.abs(beta))) / (1 - Math.abs(beta)),
};

const logistic = (z: number) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** The normal distribution's cumulative function: its series near 0, a continued fraction for the tail. */
function normal(x: number): number {
  if (Math.abs(x) < 5) {
    let [term, total] = [x, x];
    for (let n = 1; n < 200; n++) {
      term *= (x * x) / (2 * n + 1);
      total += term;
    }
    return 0.5 + total * density(x);
  }
  let rest = 0;
  for (let n = 60; n > 0; n--) rest = n / (Math.abs(x) + rest);
  const tail = density(x) / (Math.abs(x) + rest);
  return x < 0 ? tail : 1 - tail;
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
