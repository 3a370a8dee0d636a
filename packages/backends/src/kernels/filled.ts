import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  Fill,
  PadV2,
  type PadV2Attrs,
  RotateWithOffset,
  type RotateWithOffsetAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose, floats } from './composition';

/** A kernel that moves numbers, with others put wherever it moves none to: those that it gives 0 for where it moves ones. */
function filled(
  backend: BackendWasm,
  x: TensorInfo,
  move: (x: TensorInfo) => TensorInfo,
  fill: (position: number) => number,
): TensorInfo {
  return compose(backend, ({ own, run, write }) => {
    const ones = run(Fill, {}, { shape: x.shape, value: 1, dtype: 'float32' });
    const [moved, covered] = [own(move(x)), own(move(ones))];
    return write(moved.shape, (out) => {
      const [values, kept] = [floats(backend, moved), floats(backend, covered)];
      for (let i = 0; i < out.length; i++) out[i] = kept[i] === 0 ? fill(i) : values[i];
    });
  });
}

/** Padding with NaN, in whose place the stock kernel writes 0. */
export const padV2: KernelRepair = {
  backend: 'wasm',
  kernel: PadV2,
  faults: ['nan-lost'],
  replace: (stock) => (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const { constantValue } = call.attrs as unknown as PadV2Attrs;
    const move = (each: TensorInfo, value: number) =>
      stock?.({ ...call, inputs: { x: each }, attrs: { ...call.attrs, constantValue: value } }) as TensorInfo;
    if (!Number.isNaN(constantValue)) return move(x, constantValue);
    return filled(
      call.backend as BackendWasm,
      x,
      (each) => move(each, 0),
      () => Number.NaN,
    );
  },
};

/** Rotation with any number outside the image, of which the stock kernel takes the whole part alone; a fourth channel is 255 there. */
export const rotateWithOffset: KernelRepair = {
  backend: 'wasm',
  kernel: RotateWithOffset,
  faults: ['fill-truncated'],
  replace: (stock) =>
    kernelFunction(
      ({ image }: Record<'image', TensorInfo>, attributes: RotateWithOffsetAttrs, backend: BackendWasm) => {
        const { fillValue } = attributes;
        const channels = image.shape[3];
        const values =
          typeof fillValue === 'number' ? [fillValue, fillValue, fillValue, fillValue] : [...fillValue, 255];
        const move = (each: TensorInfo) =>
          stock?.({ inputs: { image: each }, attrs: { ...attributes, fillValue: 0 }, backend }) as TensorInfo;
        return filled(backend, image, move, (position) => values[position % channels]);
      },
    ),
};
