import { getKernel, RotateWithOffset, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { onTensorflow } from './on-tensorflow';

/** Rotation to the nearest pixel, which TensorFlow has not: by the kernel of the cpu backend, which tfjs-node brings along. */
export const rotateWithOffset = onTensorflow(RotateWithOffset, ['missing'], ({ inputs, attrs }, _stock, backend) => {
  const { shape, dtype, dataId } = inputs.image as Tensor;
  let rotated: Float32Array = new Float32Array();
  const arrays = {
    data: { get: () => ({ values: backend.readSync(dataId) }) },
    write(values: Float32Array) {
      rotated = values;
      return {};
    },
  };
  getKernel(RotateWithOffset, 'cpu').kernelFunc({ inputs, attrs, backend: arrays });
  return tensor(rotated, shape, dtype);
});
