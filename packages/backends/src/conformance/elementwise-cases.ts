import {
  abs,
  acos,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  cos,
  cosh,
  elu,
  erf,
  exp,
  expm1,
  floor,
  leakyRelu,
  log,
  log1p,
  neg,
  reciprocal,
  relu,
  relu6,
  round,
  rsqrt,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  step,
  tan,
  tanh,
} from '@tensorflow/tfjs-core';
import * as float64 from './float64/special-functions';
import type { KernelCase } from './kernel-case';
import { casesOfUnary, type UnaryKernel } from './unary-case';

const zero = () => 0;
const one = () => 1;
/** Of sine, which near its other zeros depends on how far pi is known. */
const upToOne = (x: number) => Math.min(1, Math.abs(x));
const number = (x: number) => !Number.isNaN(x);
const within = (x: number) => Math.abs(x) < 1;
const positive = [0.01, 8] as const;
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** Piecewise linear ones, and those whose result is rounded once. */
const plain: readonly UnaryKernel[] = [
  { kernel: 'Abs', op: abs, f: Math.abs, df: Math.sign, precision: 'exact', smooth: (x) => x !== 0, int32: 'int32' },
  { kernel: 'Neg', op: neg, f: (x) => -x, df: () => -1, precision: 'exact', int32: 'int32' },
  // Of NaN too, as tfjs has it: what a NaN gradient gives is to be found before its sign is taken.
  { kernel: 'Sign', op: sign, f: (x) => Math.sign(x) || 0, df: zero, precision: 'exact', int32: 'int32' },
  {
    kernel: 'Floor',
    op: floor,
    f: Math.floor,
    df: zero,
    precision: 'exact',
    points: [-1.5, -1, 0.999, 2.5, 8388607.5],
  },
  { kernel: 'Ceil', op: ceil, f: Math.ceil, df: zero, precision: 'exact', points: [-1.5, -1, 1.001, 2.5, 8388607.5] },
  {
    kernel: 'Round',
    op: round,
    f: float64.roundHalfToEven,
    df: zero,
    precision: 'exact',
    points: [-2.5, -1.5, 1.5, 2.5, 3.5, 0.49999997, 8388609],
  },
  {
    kernel: 'Step',
    name: 'alpha 0',
    op: (x) => step(x),
    f: (x) => (number(x) ? Number(x > 0) : x),
    df: zero,
    precision: 'exact',
  },
  {
    kernel: 'Step',
    name: 'alpha 0.25',
    op: (x) => step(x, 0.25),
    f: (x) => (number(x) ? (x > 0 ? 1 : 0.25) : x),
    precision: 'exact',
  },
  { kernel: 'Relu', op: relu, f: (x) => Math.max(x, 0), df: (x) => Number(x > 0), precision: 'exact', int32: 'int32' },
  {
    kernel: 'Relu6',
    op: relu6,
    f: (x) => Math.min(Math.max(x, 0), 6),
    df: (x) => Number(x > 0 && x < 6),
    precision: 'exact',
    points: [5.9999, 6.0001],
  },
  {
    kernel: 'LeakyRelu',
    name: 'alpha 0.25',
    op: (x) => leakyRelu(x, 0.25),
    f: (x) => (x < 0 ? 0.25 * x : x),
    df: (x) => (x > 0 ? 1 : 0.25),
    int32: 'float32',
    precision: 'exact',
  },
  {
    kernel: 'LeakyRelu',
    name: 'alpha 1.5',
    op: (x) => leakyRelu(x, 1.5),
    f: (x) => (x < 0 ? 1.5 * x : x),
    df: (x) => (x > 0 ? 1 : 1.5),
    precision: 'exact',
  },
  {
    kernel: 'Square',
    op: square,
    f: (x) => x * x,
    df: (x) => 2 * x,
    precision: 'rounded',
    int32: 'int32',
  },
  {
    kernel: 'Reciprocal',
    op: reciprocal,
    f: (x) => 1 / x,
    df: (x) => -1 / (x * x),
    precision: 'rounded',
    range: [0.1, 6],
  },
  {
    kernel: 'Sqrt',
    op: sqrt,
    f: Math.sqrt,
    df: (x) => 0.5 / Math.sqrt(x),
    precision: 'rounded',
    smooth: (x) => x >= 0,
    range: positive,
  },
  {
    kernel: 'Rsqrt',
    op: rsqrt,
    f: (x) => 1 / Math.sqrt(x),
    df: (x) => -0.5 / x ** 1.5,
    precision: 'rounded',
    smooth: (x) => x >= 0,
    range: positive,
  },
];

const transcendental: readonly UnaryKernel[] = [
  { kernel: 'Exp', op: exp, f: Math.exp, df: Math.exp, int32: 'float32' },
  { kernel: 'Expm1', op: expm1, f: Math.expm1, df: Math.exp },
  { kernel: 'Log', op: log, f: Math.log, df: (x) => 1 / x, smooth: (x) => x >= 0, range: positive },
  {
    kernel: 'Log1p',
    op: log1p,
    f: Math.log1p,
    df: (x) => 1 / (1 + x),
    smooth: (x) => x >= -1,
    range: positive,
  },
  {
    kernel: 'Sigmoid',
    op: sigmoid,
    f: float64.sigmoid,
    df: (x) => float64.sigmoid(x) * float64.sigmoid(-x),
    // y (1 - y), in PyTorch too.
    slopeTerms: float64.sigmoid,
  },
  { kernel: 'Tanh', op: tanh, f: Math.tanh, df: float64.tanhSlope, slopeTerms: one },
  { kernel: 'Softplus', op: softplus, f: float64.softplus, df: float64.sigmoid, points: [-14, -13.9, 13.9, 14, 16.7] },
  {
    kernel: 'Erf',
    op: erf,
    f: float64.erf,
    df: float64.erfSlope,
    int32: 'float32',
    points: [-3, -2, -0.1, 0.1, 0.9, 2, 3, 4],
  },
  { kernel: 'Sin', op: sin, f: Math.sin, df: Math.cos, terms: upToOne, slopeTerms: one },
  { kernel: 'Cos', op: cos, f: Math.cos, df: (x) => -Math.sin(x), terms: one, slopeTerms: upToOne },
  { kernel: 'Tan', op: tan, f: Math.tan, df: (x) => 1 / Math.cos(x) ** 2, range: [-1.4, 1.4] },
  { kernel: 'Asin', op: asin, f: Math.asin, df: (x) => 1 / Math.sqrt(1 - x * x), smooth: within, range: [-0.95, 0.95] },
  {
    kernel: 'Acos',
    op: acos,
    f: Math.acos,
    df: (x) => -1 / Math.sqrt(1 - x * x),
    smooth: within,
    range: [-0.95, 0.95],
  },
  { kernel: 'Atan', op: atan, f: Math.atan, df: (x) => 1 / (1 + x * x) },
  { kernel: 'Sinh', op: sinh, f: Math.sinh, df: Math.cosh },
  { kernel: 'Cosh', op: cosh, f: Math.cosh, df: Math.sinh },
  { kernel: 'Asinh', op: asinh, f: Math.asinh, df: (x) => 1 / Math.sqrt(1 + x * x) },
  { kernel: 'Atanh', op: atanh, f: Math.atanh, df: (x) => 1 / (1 - x * x), smooth: within, range: [-0.95, 0.95] },
  {
    kernel: 'Elu',
    op: elu,
    f: (x) => (x > 0 ? x : Math.expm1(x)),
    df: (x) => (x > 0 ? 1 : Math.exp(x)),
    // y + 1
    slopeTerms: one,
    backward: 'EluGrad',
  },
  {
    kernel: 'Selu',
    op: selu,
    f: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
    df: (x) => seluScale * (x > 0 ? 1 : seluAlpha * Math.exp(x)),
  },
];

/** Every unary kernel, forward and gradient. */
export const elementwiseCases: readonly KernelCase[] = [...plain, ...transcendental].flatMap(casesOfUnary);
