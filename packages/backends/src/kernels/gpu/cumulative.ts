import {
  Cumprod,
  Cumsum,
  type CumsumAttrs,
  type KernelBackend,
  Reverse,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { compose } from '../composition';

/** Sums and products along an axis. The stock kernels of webgpu go wrong from the end, so that it is made the beginning. */
const cumulative = (kernel: string): KernelRepair => ({
  backend: 'webgpu',
  kernel,
  faults: ['wrong-if-reversed'],
  replace: (stock) =>
    kernelFunction(({ x }: Record<'x', TensorInfo>, attributes: CumsumAttrs, on: KernelBackend) =>
      compose(on, ({ run, own }) => {
        const forwards = (of: TensorInfo) =>
          stock?.({ inputs: { x: of }, attrs: { ...attributes, reverse: false }, backend: on }) as TensorInfo;
        if (!attributes.reverse) return forwards(x);
        const dims = util.parseAxisParam(attributes.axis, x.shape);
        return run(Reverse, { x: own(forwards(run(Reverse, { x }, { dims }))) }, { dims });
      }),
    ),
});

export const cumsum = cumulative(Cumsum);
export const cumprod = cumulative(Cumprod);
