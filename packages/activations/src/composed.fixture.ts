import {
  abs,
  add,
  div,
  erf,
  exp,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  softplus,
  sqrt,
  square,
  step,
  sub,
  type Tensor,
  tanh,
} from '@tensorflow/tfjs-core';

const positive = (x: Tensor) => step(x);
const negative = (x: Tensor) => step(neg(x));
/** `exp(x) - 1` left of 0, else 0. */
const fall = (x: Tensor) => sub(exp(minimum(x, 0)), 1);
const gated = (x: Tensor, a: Tensor, b: Tensor) => div(mul(x, sub(sigmoid(mul(x, a)), b)), sub(1, b));

/** The formulas as written, with the gradients of tfjs: what the fused forms are measured against. */
export const composed: Record<string, (x: Tensor, ...parameters: Tensor[]) => Tensor> = {
  relu,
  softplus,
  silu: (x) => mul(x, sigmoid(x)),
  gelu: (x) => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1)),
  gelutanh: (x) => mul(mul(x, 0.5), add(tanh(mul(add(x, mul(pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))), 1)),
  elu: (x, alpha) => add(maximum(x, 0), mul(fall(x), alpha)),
  celu: (x, alpha) => add(maximum(x, 0), mul(fall(div(x, alpha)), alpha)),
  mish: (x) => mul(x, tanh(softplus(x))),
  psoftplus: (x, alpha) => div(softplus(mul(x, abs(alpha))), abs(alpha)),
  smoothrelu: (x, r) => relu(sub(x, div(log(add(mul(abs(x), square(r)), 1)), square(r)))),
  prelu: (x, alpha) => add(mul(positive(x), x), mul(mul(negative(x), x), alpha)),
  pelu: (x, alpha) => add(mul(positive(x), x), mul(fall(x), alpha)),
  pblu: (x, alpha) => mul(positive(x), add(mul(sub(sqrt(add(square(x), 1)), 1), alpha), x)),
  pprelu: (x, alpha) => mul(mul(positive(x), x), alpha),
  ppelu: (x, alpha) => add(mul(mul(positive(x), x), alpha), fall(x)),
  psilu: (x, alpha) => mul(x, sigmoid(mul(x, abs(alpha)))),
  ssilu: (x, beta) => div(mul(x, sub(sigmoid(x), beta)), sub(1, beta)),
  pssilufixedbeta: (x, alpha, beta) => gated(x, square(alpha), beta),
  pssilu: (x, alpha, beta) => gated(x, abs(alpha), abs(beta)),
};
