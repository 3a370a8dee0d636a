import {
  abs,
  add,
  elu,
  erf,
  exp,
  log1p,
  logSigmoid,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  square,
  tanh,
} from '@tensorflow/tfjs-core';
import {
  erf as erf64,
  erfSlope,
  sigmoid as sigmoid64,
  softplus as softplus64,
  tanhSlope,
} from './float64/special-functions';
import type { KernelCase } from './kernel-case';
import { casesOfUnary, type UnaryKernel } from './unary-case';

/** sqrt(2 / pi) (x + 0.044715 x^3), the argument of GELU's approximation by tanh. */
const cubic = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const cubicSlope = (x: number) => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
const beta = 5;
/** Either form of GELU takes 1 from 1, left of 0. */
const half = (x: number) => Math.abs(x) / 2;

/** Activations that tfjs composes of kernels; each stands with the kernel that makes it hard. */
const activations: readonly UnaryKernel[] = [
  {
    kernel: 'Sigmoid',
    name: 'SiLU',
    op: (x) => mul(x, sigmoid(x)),
    f: (x) => x * sigmoid64(x),
    df: (x) => sigmoid64(x) * (1 + x * sigmoid64(-x)),
    slopeTerms: (x) => sigmoid64(x) * (1 + Math.abs(x)),
  },
  {
    kernel: 'Erf',
    name: 'GELU',
    op: (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
    f: (x) => 0.5 * x * (1 + erf64(x * Math.SQRT1_2)),
    terms: half,
    slopeTerms: () => 1,
    df: (x) => 0.5 * (1 + erf64(x * Math.SQRT1_2)) + 0.5 * x * Math.SQRT1_2 * erfSlope(x * Math.SQRT1_2),
  },
  {
    kernel: 'Tanh',
    name: 'GELU by tanh',
    op: (x) => mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1)),
    f: (x) => 0.5 * x * (1 + Math.tanh(cubic(x))),
    terms: half,
    slopeTerms: () => 1,
    df: (x) => 0.5 * (1 + Math.tanh(cubic(x))) + 0.5 * x * tanhSlope(cubic(x)) * cubicSlope(x),
  },
  {
    kernel: 'Softplus',
    name: 'Mish',
    op: (x) => mul(x, tanh(softplus(x))),
    f: (x) => x * Math.tanh(softplus64(x)),
    df: (x) => Math.tanh(softplus64(x)) + x * tanhSlope(softplus64(x)) * sigmoid64(x),
    slopeTerms: (x) => sigmoid64(x) * (1 + Math.abs(x)),
  },
  {
    kernel: 'Softplus',
    name: 'softplus of beta 5',
    op: (x) => mul(softplus(mul(x, beta)), 1 / beta),
    f: (x) => softplus64(beta * x) / beta,
    df: (x) => sigmoid64(beta * x),
  },
  { kernel: 'Softplus', name: 'logSigmoid', op: logSigmoid, f: (x) => -softplus64(-x), df: (x) => sigmoid64(-x) },
  {
    kernel: 'Elu',
    name: 'CELU of alpha 0.5',
    op: (x) => mul(elu(mul(x, 2)), 0.5),
    f: (x) => (x > 0 ? x : 0.5 * Math.expm1(2 * x)),
    df: (x) => (x > 0 ? 1 : Math.exp(2 * x)),
    slopeTerms: () => 1,
  },
  {
    kernel: 'Log1p',
    name: 'softplus by log1p',
    op: (x) => add(relu(x), log1p(exp(neg(abs(x))))),
    f: softplus64,
    df: sigmoid64,
    smooth: (x) => x !== 0,
  },
];

/**
 * Smooth activations of the literature, forward and gradient. Infinite arguments have no value that PyTorch's agree on; between
 * -93 and -85 a factor that is a power of e is subnormal, and may be 0, where the product is not.
 */
export const activationCases: readonly KernelCase[] = activations
  .map((each) => ({ ...each, defined: (x: number) => Number.isFinite(x) && !(x > -93 && x < -85) }))
  .flatMap(casesOfUnary);
