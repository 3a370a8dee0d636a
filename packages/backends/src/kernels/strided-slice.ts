import {
  Cast,
  type KernelBackend,
  Reshape,
  StridedSlice,
  type StridedSliceAttrs,
  slice_util,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { compose } from './composition';

/**
 * Every s-th entry along each axis. The stock kernels lose count of the axes where one of them is dropped: here it is kept, with
 * one entry, and dropped afterwards. That of wasm makes floats of every type.
 */
const repair = (backend: 'cpu' | 'wasm'): KernelRepair => ({
  backend,
  kernel: StridedSlice,
  faults: ['dropped-axes-misread', ...(backend === 'wasm' ? ['type-lost'] : [])],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, attributes: StridedSliceAttrs, on: KernelBackend) =>
      compose(on, ({ run, own }) => {
        const casts = backend === 'wasm' && x.dtype !== 'float32';
        const numbers = casts ? run(Cast, { x }, { dtype: 'float32' }) : x;
        const [attrs, shape] = attributes.shrinkAxisMask === 0 ? [attributes] : withAllAxes(x.shape, attributes);
        const cut = own(stock?.({ inputs: { x: numbers }, attrs: { ...attrs }, backend: on }) as TensorInfo);
        const y = shape ? run(Reshape, { x: cut }, { shape }) : cut;
        return casts ? run(Cast, { x: y }, { dtype: x.dtype }) : y;
      }),
    ),
});

/** The same part in an entry per axis of x and without masks, and the shape that it then has. */
function withAllAxes(shape: number[], attributes: StridedSliceAttrs): [StridedSliceAttrs, number[]] {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  const dense = slice_util.sliceInfo(shape, begin, end, strides, ...masks);
  // An end before the first entry has no number: those count from the other end.
  const open = dense.end.reduce((mask, each, axis) => (each < 0 ? mask | (1 << axis) : mask), 0);
  return [
    {
      begin: dense.begin,
      end: dense.end,
      strides: dense.strides,
      beginMask: 0,
      endMask: open,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
    },
    dense.finalShape,
  ];
}

export const stridedSlice = repair('wasm');
export const stridedSliceCpu = repair('cpu');
