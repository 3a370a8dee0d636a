import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Concat, Slice, type TensorInfo, Transform, type TransformAttrs } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';
import { shape4d } from './pooling-windows';
import { typedLoop, type Values } from './typed-loop';

type Inputs = Record<'image' | 'transforms', TensorInfo>;

/** Warps the images of a batch one by one: the stock kernel stops after the first. */
export const transformCpu: KernelRepair = {
  backend: 'cpu',
  kernel: Transform,
  faults: ['first-image-only'],
  replace: (stock) =>
    kernelFunction(({ image, transforms }: Inputs, attributes: TransformAttrs, backend: MathBackendCPU) =>
      compose(backend, ({ run, write, own }) => {
        const [batch, height, width, channels] = shape4d(image);
        if (batch === 0) return write([0, ...(attributes.outputShape ?? [height, width]), channels], () => {});
        const each = Array.from({ length: batch }, (_, i) => {
          const x = run(Slice, { x: image }, { begin: [i, 0, 0, 0], size: [1, height, width, channels] });
          const begin = [transforms.shape[0] === 1 ? 0 : i, 0];
          const inputs = { image: x, transforms: run(Slice, { x: transforms }, { begin, size: [1, 8] }) };
          return own(stock?.({ inputs, attrs: { ...attributes }, backend }) as TensorInfo);
        });
        return run(Concat, each as unknown as Inputs, { axis: 0 });
      }),
    ),
};

/** Images mirrored at their borders, which the stock kernel reads wrongly. */
export const transform: KernelRepair = {
  backend: 'wasm',
  kernel: Transform,
  faults: ['reflected-wrongly'],
  replace: (stock) => (call) =>
    (call.attrs as unknown as TransformAttrs).fillMode === 'reflect' ? reflected(call) : (stock?.(call) as TensorInfo),
};

const reflected = kernelFunction(({ image, transforms }: Inputs, attributes: TransformAttrs, backend: BackendWasm) => {
  const [batch, height, width, channels] = shape4d(image);
  const [outHeight, outWidth] = attributes.outputShape ?? [height, width];
  const nearest = attributes.interpolation === 'nearest';
  const perImage = transforms.shape[0] > 1 ? 8 : 0;
  return typedLoop(
    backend,
    [image, transforms],
    [batch, outHeight, outWidth, channels],
    image.dtype,
    (out, pixels, projections) => {
      for (let to = 0, place = 0; to < out.length; to += channels, place++) {
        const [column, row] = [place % outWidth, Math.floor(place / outWidth) % outHeight];
        const each = Math.floor(place / (outWidth * outHeight));
        const [a0, a1, a2, b0, b1, b2, c0, c1] = projections.subarray(each * perImage, each * perImage + 8);
        const depth = c0 * column + c1 * row + 1;
        const [across, down] = [(a0 * column + a1 * row + a2) / depth, (b0 * column + b1 * row + b2) / depth];
        if (depth === 0) {
          out.fill(attributes.fillValue, to, to + channels);
          continue;
        }
        for (const [y, high] of neighbours(down, height, nearest)) {
          for (const [x, share] of neighbours(across, width, nearest)) {
            add(pixels, ((each * height + y) * width + x) * channels, high * share, out, to, channels);
          }
        }
      }
    },
  );
});

/** The one or two pixels of an axis next to a position, [dcba|abcd|dcba], and their shares. */
function neighbours(position: number, size: number, nearest: boolean): [pixel: number, share: number][] {
  if (nearest) return [[mirrored(Math.round(position), size), 1]];
  const first = Math.floor(position);
  const share = position - first;
  return [
    [mirrored(first, size), 1 - share],
    [mirrored(first + 1, size), share],
  ];
}

function mirrored(pixel: number, size: number): number {
  const within = ((pixel % (2 * size)) + 2 * size) % (2 * size);
  return Math.min(within, 2 * size - 1 - within);
}

function add(pixels: Values, from: number, share: number, out: Values, to: number, channels: number): void {
  if (share === 0) return;
  for (let channel = 0; channel < channels; channel++) out[to + channel] += share * pixels[from + channel];
}
