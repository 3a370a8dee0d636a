import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Cast, type DataType, ResizeNearestNeighbor, Reverse, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';

/** Kernels that move numbers and know one size or type of them: others are cast to that and back. */
const ofOtherType = (
  kernel: string,
  input: 'x' | 'images',
  types: readonly DataType[],
  fault: string,
): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults: [fault],
  replace: (stock) =>
    kernelFunction((inputs: Record<string, TensorInfo>, attributes: object, backend: BackendWasm) => {
      const run = (each: TensorInfo) =>
        stock?.({ inputs: { ...inputs, [input]: each }, attrs: { ...attributes }, backend }) as TensorInfo;
      const { dtype } = inputs[input];
      if (!types.includes(dtype)) return run(inputs[input]);
      return compose(backend, (composer) => {
        const numbers = composer.run(Cast, { x: inputs[input] }, { dtype: 'float32' });
        return composer.run(Cast, { x: composer.own(run(numbers)) }, { dtype });
      });
    }),
});

export const reverse = ofOtherType(Reverse, 'x', ['bool'], 'bool-overruns');
export const resizeNearestNeighbor = ofOtherType(ResizeNearestNeighbor, 'images', ['int32', 'bool'], 'type-lost');
