import {
  BatchMatMul,
  type BatchMatMulAttrs,
  backend_util,
  type KernelBackend,
  Reshape,
  type TensorInfo,
  Tile,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { type Composer, compose } from '../composition';

/** Matrix product. The stock kernels misread batches that are both repeated, and one that is repeated along some axes only. */
export const batchMatMulGpu = (backend: 'webgl' | 'webgpu'): KernelRepair => ({
  backend,
  kernel: BatchMatMul,
  faults: ['batches-repeated-wrongly'],
  replace: (stock) =>
    kernelFunction(({ a, b }: Record<'a' | 'b', TensorInfo>, attributes: BatchMatMulAttrs, on: KernelBackend) =>
      compose(on, (composer) => {
        const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
        const inputs = { a: repeated(composer, a, batch), b: repeated(composer, b, batch) };
        return stock?.({ inputs, attrs: { ...attributes }, backend: on }) as TensorInfo;
      }),
    ),
});

/** A batch of as many matrices as there are in the result, unless it has one, which the stock kernels repeat rightly. */
function repeated({ run }: Composer, x: TensorInfo, batch: number[]): TensorInfo {
  const outer = x.shape.slice(0, -2);
  const many = util.sizeFromShape(outer);
  if (many === 1 || many === util.sizeFromShape(batch)) return x;
  const full = [...new Array(batch.length - outer.length).fill(1), ...x.shape];
  const reps = full.map((size, axis) => (axis < batch.length ? batch[axis] / size : 1));
  return run(Tile, { x: run(Reshape, { x }, { shape: full }) }, { reps });
}
