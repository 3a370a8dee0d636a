import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { All, Any, backend_util, Mean, Prod, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { type ReadableBackend, typedLoop, type Values } from './typed-loop';

type Input = Record<'x', TensorInfo>;
export interface Reduction {
  axis?: number | number[];
  keepDims?: boolean;
}

/** The axes that a reduction takes, and the shape of its result. */
export function shapesOf({ shape }: TensorInfo, { axis, keepDims }: Reduction) {
  const axes = util.parseAxisParam(axis ?? shape.map((_, i) => i), shape);
  const [kept] = backend_util.computeOutAndReduceShapes(shape, axes);
  return { axes, result: keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept };
}

/** A run of neighbouring axes that are summed, or kept, together. */
interface Block {
  size: number;
  summed: boolean;
  /** From one of its entries to the next, in the tensor and in the result; 0 where summed. */
  step: number;
  resultStep: number;
}

function blocksOf(shape: readonly number[], axes: readonly number[]): Block[] {
  const blocks: Block[] = [];
  let [step, resultStep] = [1, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const summed = axes.includes(axis);
    if (blocks[0]?.summed === summed) blocks[0].size *= shape[axis];
    else blocks.unshift({ size: shape[axis], summed, step, resultStep: summed ? 0 : resultStep });
    step *= shape[axis];
    if (!summed) resultStep *= shape[axis];
  }
  return blocks;
}

function addUp(values: Values, sums: Float64Array, blocks: readonly Block[], depth = 0, from = 0, to = 0): void {
  const { size, summed, step, resultStep } = blocks[depth];
  if (depth < blocks.length - 1) {
    for (let i = 0; i < size; i++) addUp(values, sums, blocks, depth + 1, from + i * step, to + i * resultStep);
  } else if (summed) {
    let [even, odd] = [0, 0];
    for (let i = from + 1; i < from + size; i += 2) {
      even += values[i - 1];
      odd += values[i];
    }
    sums[to] += even + odd + (size % 2 ? values[from + size - 1] : 0);
  } else {
    for (let i = 0; i < size; i++) sums[to + i] += values[from + i];
  }
}

/** In float64, and of nothing too; the stock kernels add in float32, one by one, and write no result where there is nothing. */
const sumOrMean = (kernel: string): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults: ['summed-in-float32', 'unwritten-if-empty'],
  replace: () =>
    kernelFunction(({ x }: Input, attributes: Reduction, backend: ReadableBackend) => {
      const { axes, result } = shapesOf(x, attributes);
      return typedLoop(backend, [x], result, kernel === Mean ? 'float32' : x.dtype, (out, values) => {
        const sums = new Float64Array(out.length);
        const count = kernel === Mean ? axes.reduce((size, axis) => size * x.shape[axis], 1) : 1;
        if (x.shape.length === 0) sums[0] = values[0];
        else addUp(values, sums, blocksOf(x.shape, axes));
        for (let i = 0; i < out.length; i++) out[i] = sums[i] / count;
      });
    }),
});

export const sum = sumOrMean(Sum);
export const mean = sumOrMean(Mean);

/** What a reduction gives of nothing: 1 for a product, NaN for a mean; the stock kernels write no result, or 0. */
const reductionOfNothing = (backend: 'cpu' | 'wasm', kernel: string, value: number): KernelRepair => ({
  backend,
  kernel,
  faults: ['unwritten-if-empty'],
  replace: (stock) => (call) => {
    const { x } = call.inputs as Input;
    if (util.sizeFromShape(x.shape) > 0) return stock?.(call) as TensorInfo;
    const { result } = shapesOf(x, (call.attrs ?? {}) as Reduction);
    const dtype = kernel === Mean ? 'float32' : x.dtype;
    return typedLoop(call.backend as MathBackendCPU, [], result, dtype, (out) => out.fill(value));
  },
});

export const emptyProd = reductionOfNothing('wasm', Prod, 1);
export const emptyAll = reductionOfNothing('wasm', All, 1);
export const emptyAny = reductionOfNothing('wasm', Any, 0);
export const emptyMeanCpu = reductionOfNothing('cpu', Mean, Number.NaN);
export const emptyAllCpu = reductionOfNothing('cpu', All, 1);
