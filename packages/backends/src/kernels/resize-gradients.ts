import { ResizeBilinearGrad, ResizeNearestNeighborGrad, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { shape4d } from './pooling-windows';
import { type ReadableBackend, typedLoop } from './typed-loop';

export interface Resizing {
  alignCorners?: boolean;
  halfPixelCenters?: boolean;
}
/** The two pixels along an axis that one of the result is made of, and the share of the second. */
export type Source = [first: number, second: number, share: number];

/**
 * Gradients of resizing: the gradient of each pixel of the result goes to the pixels that it was made of. The stock kernels
 * take no account of half-pixel centres, and that of cpu mixes up images of a batch, and height with width.
 */
const resizeGradient = (
  backend: 'cpu' | 'wasm',
  kernel: string,
  sources: (from: number, to: number, resizing: Resizing) => Source[],
): KernelRepair => ({
  backend,
  kernel,
  faults: ['half-pixel-centres', ...(backend === 'cpu' ? ['images-mixed-up'] : [])],
  replace: () =>
    kernelFunction(({ dy, images }: Record<'dy' | 'images', TensorInfo>, attributes: Resizing, on: ReadableBackend) => {
      const [batch, height, width, channels] = shape4d(images);
      const rows = sources(height, dy.shape[1], attributes);
      const columns = sources(width, dy.shape[2], attributes);
      return typedLoop(on, [dy], images.shape, 'float32', (dx, gradient) => {
        let from = 0;
        for (let image = 0; image < batch; image++) {
          for (const [top, bottom, down] of rows) {
            const [above, below] = [(image * height + top) * width, (image * height + bottom) * width];
            for (const [left, right, across] of columns) {
              for (let channel = 0; channel < channels; channel++, from++) {
                const [upper, lower] = [gradient[from] * (1 - down), gradient[from] * down];
                dx[(above + left) * channels + channel] += upper * (1 - across);
                dx[(above + right) * channels + channel] += upper * across;
                dx[(below + left) * channels + channel] += lower * (1 - across);
                dx[(below + right) * channels + channel] += lower * across;
              }
            }
          }
        }
      });
    }),
});

const ratio = (from: number, to: number, { alignCorners }: Resizing) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** What each pixel along an axis is made of, bilinearly. */
export function bilinear(from: number, to: number, resizing: Resizing): Source[] {
  return Array.from({ length: to }, (_, i) => {
    const scale = ratio(from, to, resizing);
    const position = Math.max(0, resizing.halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale);
    const first = Math.min(from - 1, Math.floor(position));
    return [first, Math.min(from - 1, first + 1), position - first];
  });
}

/** The same for the nearest pixel. */
export function nearest(from: number, to: number, resizing: Resizing): Source[] {
  return Array.from({ length: to }, (_, i) => {
    const position = (i + (resizing.halfPixelCenters ? 0.5 : 0)) * ratio(from, to, resizing);
    const source = Math.min(from - 1, resizing.alignCorners ? Math.round(position) : Math.floor(position));
    return [source, source, 0];
  });
}

export const resizeBilinearGrad = resizeGradient('wasm', ResizeBilinearGrad, bilinear);
export const resizeBilinearGradCpu = resizeGradient('cpu', ResizeBilinearGrad, bilinear);
export const resizeNearestNeighborGrad = resizeGradient('wasm', ResizeNearestNeighborGrad, nearest);
export const resizeNearestNeighborGradCpu = resizeGradient('cpu', ResizeNearestNeighborGrad, nearest);
