import {
  BatchMatMul,
  type KernelBackend,
  Reshape,
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { compose } from '../composition';
import { shape4d } from '../pooling-windows';
import { bilinear, nearest, type Resizing, type Source } from '../resize-gradients';

/**
 * Gradients of resizing with half-pixel centres, of which the stock kernels take no account, and with corners aligned, which
 * they get wrong for images of one pixel. Resizing is `R x C` with a matrix for rows and one for columns, so that its gradient
 * is `R' dy C'`.
 */
const resizeGradient = (
  backend: 'webgl' | 'webgpu',
  kernel: string,
  sources: (from: number, to: number, resizing: Resizing) => Source[],
): KernelRepair => ({
  backend,
  kernel,
  faults: ['half-pixel-centres', 'single-pixel-lost'],
  replace: (stock) =>
    kernelFunction((inputs: Record<'dy' | 'images', TensorInfo>, attributes: Resizing, on: KernelBackend) =>
      compose(on, ({ run, write }) => {
        const [batch, height, width, channels] = shape4d(inputs.images);
        if (!(attributes.halfPixelCenters || attributes.alignCorners) || batch === 0) {
          return stock?.({ inputs, attrs: { ...attributes }, backend: on }) as TensorInfo;
        }
        const [, outHeight, outWidth] = inputs.dy.shape;
        const matrix = (from: number, to: number) =>
          write([1, from, to], (out) => {
            out.fill(0);
            for (const [pixel, [first, second, share]] of sources(from, to, attributes).entries()) {
              out[first * to + pixel] += 1 - share;
              out[second * to + pixel] += share;
            }
          });
        const product = (a: TensorInfo, x: TensorInfo, shape: number[]) => {
          const b = run(Reshape, { x }, { shape });
          return run(BatchMatMul, { a, b }, { transposeA: false, transposeB: false });
        };
        const columns = product(matrix(width, outWidth), inputs.dy, [batch * outHeight, outWidth, channels]);
        const rows = product(matrix(height, outHeight), columns, [batch, outHeight, width * channels]);
        return run(Reshape, { x: rows }, { shape: inputs.images.shape });
      }),
    ),
});

export const resizeGradientsGpu = (backend: 'webgl' | 'webgpu'): KernelRepair[] => [
  resizeGradient(backend, ResizeBilinearGrad, bilinear),
  resizeGradient(backend, ResizeNearestNeighborGrad, nearest),
];
