import { Elu, Erf, Selu, Sin, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { type ReadableBackend, valuesOf } from './typed-loop';

/** Up to here a function is computed anew; beyond it the rounding of numbers near 1 is little of it. */
const near = 0.25;

/** A function that is 0 at 0, to all digits however small it is; the stock kernel rounds as numbers near 1 do, the tiny to 0. */
const nearZero = (backend: 'cpu' | 'wasm', kernel: string, of: (x: number) => number): KernelRepair => ({
  backend,
  kernel,
  faults: ['coarse-near-zero'],
  replace: (stock) => (call) => {
    const y = stock?.(call) as TensorInfo;
    const on = call.backend as ReadableBackend;
    const [values, out] = [valuesOf(on, call.inputs.x as TensorInfo), valuesOf(on, y)];
    for (let i = 0; i < out.length; i++) if (Math.abs(values[i]) < near) out[i] = of(values[i]);
    return y;
  },
});

/** 2 / sqrt(pi) times the sum of (-1)^n x^(2n + 1) / (n! (2n + 1)), whose seventh term is below 1e-11 of the first. */
function erf(x: number): number {
  let [power, sum] = [x, x];
  for (let n = 1; n < 7; n++) {
    power *= -(x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const selu = (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));

export const eluCpu = nearZero('cpu', Elu, (x) => (x > 0 ? x : Math.expm1(x)));
export const erfCpu = nearZero('cpu', Erf, erf);
export const seluCpu = nearZero('cpu', Selu, selu);
export const seluWasm = nearZero('wasm', Selu, selu);
export const sinWasm = nearZero('wasm', Sin, Math.sin);
