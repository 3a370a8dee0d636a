import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  Conv2D,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  Reshape,
  Slice,
  type TensorInfo,
  Transpose,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose, floats } from './composition';

/**
 * Gradient of a convolution with respect to its input, as one forward convolution.
 *
 * Along one axis, with kernel size k, stride s and padding p before, `dx[i] = sum_o dy[o] w[i + p - o s]`. With
 * `i + p = q s + r` and `T = ceil(k / s)` this is `sum_{t < T} dy[q - t] w[r + t s]`: for each phase r of the stride a
 * convolution of dy, at stride 1, with every s-th row of the filter. The s x s phases are channels of one convolution, and
 * are then interleaved. At stride 1 there is one phase, and the filter is the flipped, transposed one.
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
        const { batchSize, inChannels, outChannels, inHeight, inWidth } = geometry;
        const rows = axis(
          inHeight,
          geometry.outHeight,
          geometry.filterHeight,
          geometry.strideHeight,
          geometry.padInfo.top,
        );
        const columns = axis(
          inWidth,
          geometry.outWidth,
          geometry.filterWidth,
          geometry.strideWidth,
          geometry.padInfo.left,
        );

        return compose(backend, ({ run, write }) => {
          const phases = write(
            [rows.taps, columns.taps, outChannels, rows.stride * columns.stride * inChannels],
            (out) => splitPhases(floats(backend, filter), out, rows, columns, inChannels, outChannels),
          );
          const pads = [[0, 0], rows.pads, columns.pads, [0, 0]];
          // [n, Q rows, Q columns, stride rows * stride columns * channels]
          let dx = run(Conv2D, { x: dy, filter: phases }, { strides: 1, pad: pads, dilations: 1, dataFormat: 'NHWC' });
          if (rows.stride > 1 || columns.stride > 1) {
            const split = [batchSize * rows.length, columns.length, rows.stride, columns.stride * inChannels];
            dx = run(Reshape, { x: dx }, { shape: split });
            dx = run(Transpose, { x: dx }, { perm: [0, 2, 1, 3] });
          }
          const size = [batchSize, rows.length * rows.stride, columns.length * columns.stride, inChannels];
          dx = run(Reshape, { x: dx }, { shape: size });
          if (util.arraysEqual(size, inputShape)) return dx;
          return run(Slice, { x: dx }, { begin: [0, rows.offset, columns.offset, 0], size: inputShape });
        });
      },
    ),
};

interface Axis {
  kernel: number;
  stride: number;
  /** Kernel size of one phase. */
  taps: number;
  /** Padding of dy. */
  pads: [number, number];
  /** Size of each phase's result. */
  length: number;
  /** Where the input starts in the interleaved phases. */
  offset: number;
}

function axis(input: number, output: number, kernel: number, stride: number, padding: number): Axis {
  const taps = Math.ceil(kernel / stride);
  // The q of the first and last pixel, widened until neither side of dy need be cropped.
  const first = Math.min(Math.floor(padding / stride), taps - 1);
  const last = Math.max(Math.floor((padding + input - 1) / stride), output - 1);
  return {
    kernel,
    stride,
    taps,
    pads: [taps - 1 - first, last - (output - 1)],
    length: last - first + 1,
    offset: padding - first * stride,
  };
}

/** From `[kernel, kernel, in, out]` to `[taps, taps, out, stride, stride, in]`, taps reversed, zeros where there is no row. */
function splitPhases(
  filter: Float32Array,
  out: Float32Array,
  rows: Axis,
  columns: Axis,
  inChannels: number,
  outChannels: number,
): void {
  out.fill(0);
  const phases = rows.stride * columns.stride;
  for (let row = 0; row < rows.kernel; row++) {
    for (let column = 0; column < columns.kernel; column++) {
      const tap =
        (rows.taps - 1 - Math.floor(row / rows.stride)) * columns.taps +
        (columns.taps - 1 - Math.floor(column / columns.stride));
      const phase = (row % rows.stride) * columns.stride + (column % columns.stride);
      let from = (row * columns.kernel + column) * inChannels * outChannels;
      for (let i = 0; i < inChannels; i++) {
        let to = (tap * outChannels * phases + phase) * inChannels + i;
        for (let o = 0; o < outChannels; o++, from++, to += phases * inChannels) out[to] = filter[from];
      }
    }
  }
}
