import {
  CropAndResize,
  type CropAndResizeAttrs,
  GatherV2,
  type KernelBackend,
  Range,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { compose } from '../composition';

/**
 * Crops of images. The stock kernels confuse the number of a box with that of its image: webgl crops image b for box b, webgpu
 * leaves boxes unwritten whose image has a number past the last box. So each box gets a copy of its image, of the same number.
 */
export const cropAndResize = (backend: 'webgl' | 'webgpu'): KernelRepair => ({
  backend,
  kernel: CropAndResize,
  faults: ['boxes-for-images'],
  replace: (stock) =>
    kernelFunction(
      (
        { image, boxes, boxInd }: Record<'image' | 'boxes' | 'boxInd', TensorInfo>,
        attributes: CropAndResizeAttrs,
        on: KernelBackend,
      ) =>
        compose(on, ({ run }) => {
          const images = run(GatherV2, { x: image, indices: boxInd }, { axis: 0, batchDims: 0 });
          const [count] = boxInd.shape;
          const own = run(Range, {}, { start: 0, stop: count, step: 1, dtype: 'int32' });
          const inputs = { image: images, boxes, boxInd: own };
          return stock?.({ inputs, attrs: { ...attributes }, backend: on }) as TensorInfo;
        }),
    ),
});
