import { add, MirrorPad, type MirrorPadAttrs, pad, reverse, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';

/**
 * Gradient of mirrored padding: that of each mirrored pixel goes to the pixel that it mirrors, axis by axis. tfjs's own keeps
 * only that of the middle.
 */
export const mirrorPadGradient: GradientRepair = {
  kernel: MirrorPad,
  faults: ['mirrored-pixels-left-out'],
  replace: () => (dy, saved, attributes) => {
    const { paddings, mode } = attributes as unknown as MirrorPadAttrs;
    const { shape } = saved[0];
    return {
      x: () =>
        paddings.reduce(
          (gradient, [before, after], axis) => folded(gradient, axis, before, shape[axis], after, mode),
          dy as Tensor,
        ),
    };
  },
};

function folded(
  gradient: Tensor,
  axis: number,
  before: number,
  size: number,
  after: number,
  mode: MirrorPadAttrs['mode'],
): Tensor {
  // `symmetric` repeats the pixel at the border, `reflect` does not.
  const inset = mode === 'reflect' ? 1 : 0;
  const part = (from: number, length: number) =>
    slice(
      gradient,
      gradient.shape.map((_, i) => (i === axis ? from : 0)),
      gradient.shape.map((each, i) => (i === axis ? length : each)),
    );
  const mirrored = (from: number, length: number, left: number) =>
    pad(
      reverse(part(from, length), axis),
      gradient.shape.map((_, i): [number, number] => (i === axis ? [left, size - length - left] : [0, 0])),
    );
  let sum = part(before, size);
  if (before > 0) sum = add(sum, mirrored(0, before, inset));
  if (after > 0) sum = add(sum, mirrored(before + size, after, size - after - inset));
  return sum;
}
