import { type KernelBackend, type TensorInfo, Tile, Transform, type TransformAttrs } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { compose } from '../composition';

/** Warps of a batch. The stock kernel of webgpu takes one projection for all images as that of the first alone. */
export const transformGpu: KernelRepair = {
  backend: 'webgpu',
  kernel: Transform,
  faults: ['first-image-only'],
  replace: (stock) =>
    kernelFunction(
      (
        { image, transforms }: Record<'image' | 'transforms', TensorInfo>,
        attributes: TransformAttrs,
        on: KernelBackend,
      ) =>
        compose(on, ({ run }) => {
          const one = transforms.shape[0] === 1 && image.shape[0] > 1;
          const each = one ? run(Tile, { x: transforms }, { reps: [image.shape[0], 1] }) : transforms;
          return stock?.({ inputs: { image, transforms: each }, attrs: { ...attributes }, backend: on }) as TensorInfo;
        }),
    ),
};
