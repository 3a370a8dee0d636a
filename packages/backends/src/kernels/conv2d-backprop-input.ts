import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  Conv2D,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose, floats } from './composition';

/**
 * Gradient of a convolution with respect to its input, as one forward convolution for each phase of the stride.
 *
 * Along one axis, with kernel size k, stride s and padding p before, `dx[i] = sum_o dy[o] w[i + p - o s]`. With
 * `i + p = q s + r` this is `sum_t dy[q - t] w[r + t s]`: for each phase r a convolution of dy, at stride 1, with every s-th
 * row of the filter from r on, in reverse order. The phases are then interleaved. At stride 1 there is one, and the filter is
 * the flipped, transposed one.
 */
export const conv2dBackpropInput: KernelRepair = {
  backend: 'wasm',
  kernel: Conv2DBackpropInput,
  faults: ['scalar-loop'],
  replace: () =>
    kernelFunction(
      (
        { dy, filter }: Record<'dy' | 'filter', TensorInfo>,
        attributes: Conv2DBackpropInputAttrs,
        backend: BackendWasm,
      ) => {
        const { inputShape, strides, pad, dimRoundingMode, dataFormat } = attributes;
        const geometry = backend_util.computeConv2DInfo(
          inputShape,
          filter.shape as [number, number, number, number],
          strides,
          1,
          pad,
          dimRoundingMode,
          false,
          backend_util.convertConv2DDataFormat(dataFormat),
        );
        if (geometry.dataFormat !== 'channelsLast') throw new Error(`${Conv2DBackpropInput}: wasm takes NHWC only`);
        const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = geometry;
        const { strideHeight, strideWidth, padInfo } = geometry;
        const rows = phases(inHeight, outHeight, filterHeight, strideHeight, padInfo.top);
        const columns = phases(inWidth, outWidth, filterWidth, strideWidth, padInfo.left);

        return compose(backend, ({ run, write }) => {
          const made = rows.flatMap((row) =>
            columns.map((column) => {
              const shape = [row.taps.length, column.taps.length, filter.shape[3], filter.shape[2]];
              const turned = write(shape, (out) => turn(floats(backend, filter), out, filter.shape, row, column));
              const attributes = { strides: 1, pad: [[0, 0], row.pads, column.pads, [0, 0]], dilations: 1 };
              const x = run(Conv2D, { x: dy, filter: turned }, { ...attributes, dataFormat: 'NHWC' });
              return { row, column, x };
            }),
          );
          if (made.length === 1 && util.arraysEqual(made[0].x.shape, inputShape)) return made[0].x;
          return write(inputShape, (out) => {
            out.fill(0);
            for (const { row, column, x } of made)
              interleave(floats(backend, x), x.shape, out, inputShape, row, column);
          });
        });
      },
    ),
};

/** Every s-th pixel of the input along one axis, all made of the same taps. */
interface Phase {
  stride: number;
  /** Of the kernel, the last first. */
  taps: number[];
  /** Of dy. */
  pads: [before: number, after: number];
  /** The pixel that the first of the phase's results belongs to; may lie outside. */
  first: number;
}

/** The phases that reach any pixel: with a kernel smaller than the stride some have no taps. */
function phases(input: number, output: number, kernel: number, stride: number, padding: number): Phase[] {
  return Array.from({ length: Math.min(stride, kernel) }, (_, phase) => {
    const taps = Array.from({ length: Math.ceil((kernel - phase) / stride) }, (_, t) => phase + t * stride).reverse();
    // The q of the first and last pixel, widened until neither side of dy need be cropped.
    const first = Math.min(Math.ceil((padding - phase) / stride), taps.length - 1);
    const last = Math.max(Math.floor((padding + input - 1 - phase) / stride), output - 1);
    return {
      stride,
      taps,
      pads: [taps.length - 1 - first, last - (output - 1)],
      first: first * stride + phase - padding,
    };
  });
}

/** The phase's taps of `[kernel, kernel, in, out]`, as `[taps, taps, out, in]`. */
function turn(filter: Float32Array, out: Float32Array, shape: readonly number[], row: Phase, column: Phase): void {
  const [, width, inChannels, outChannels] = shape;
  let start = 0;
  for (const k of row.taps) {
    for (const l of column.taps) {
      let from = (k * width + l) * inChannels * outChannels;
      for (let i = 0; i < inChannels; i++) {
        for (let o = 0; o < outChannels; o++, from++) out[start + o * inChannels + i] = filter[from];
      }
      start += inChannels * outChannels;
    }
  }
}

/** Writes a phase's pixels `[n, height, width, channels]` to their places, those outside to none. */
function interleave(
  x: Float32Array,
  [batch, rows, columns, channels]: readonly number[],
  out: Float32Array,
  [, height, width]: readonly number[],
  row: Phase,
  column: Phase,
): void {
  let from = 0;
  for (let image = 0; image < batch; image++) {
    for (let i = 0; i < rows; i++) {
      const y = row.first + i * row.stride;
      for (let j = 0; j < columns; j++, from += channels) {
        const at = column.first + j * column.stride;
        if (y < 0 || y >= height || at < 0 || at >= width) continue;
        const to = ((image * height + y) * width + at) * channels;
        for (let channel = 0; channel < channels; channel++) out[to + channel] = x[from + channel];
      }
    }
  }
}
