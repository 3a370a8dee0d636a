import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type TensorInfo, Tile, type TileAttrs, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { typedLoop, type Values } from './typed-loop';

/**
 * Repeats a tensor along its axes, by copying blocks of memory where the stock kernel copies single numbers. The gradient of
 * batch normalisation tiles its statistics to the size of the activations.
 */
export const tile: KernelRepair = {
  backend: 'wasm',
  kernel: Tile,
  faults: ['scalar-loop'],
  replace: () =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, { reps }: TileAttrs, backend: BackendWasm) => {
      const shape = x.shape.map((size, axis) => size * reps[axis]);
      return typedLoop(backend, [x], shape, x.dtype, (out, values) => repeat(values, x.shape, reps, out));
    }),
};

function repeat(values: Values, shape: readonly number[], reps: readonly number[], out: Values): void {
  if (out.length === 0) return;
  out.set(values);
  let block = 1;
  let blocks = util.sizeFromShape([...shape]);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    block *= shape[axis];
    blocks /= shape[axis];
    // From the last block to the first: each moves to where it or a later one was.
    for (let i = blocks - 1; i >= 0 && reps[axis] > 1; i--) {
      const to = i * block * reps[axis];
      out.copyWithin(to, i * block, (i + 1) * block);
      for (let filled = block; filled < block * reps[axis]; filled *= 2) {
        out.copyWithin(to + filled, to, to + Math.min(filled, block * reps[axis] - filled));
      }
    }
    block *= reps[axis];
  }
}
