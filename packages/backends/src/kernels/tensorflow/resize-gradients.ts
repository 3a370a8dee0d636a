import {
  ResizeBilinearGrad,
  type ResizeBilinearGradAttrs,
  ResizeNearestNeighborGrad,
  type Tensor,
  tensor1d,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { onTensorflow } from './on-tensorflow';

/** Gradients of resizing with half-pixel centres, of which tfjs-node does not tell TensorFlow. */
const gradient = (kernel: string, original: (images: Tensor) => Tensor) =>
  onTensorflow(kernel, ['half-pixel-centres-ignored'], (call, stock, backend) => {
    const { halfPixelCenters } = call.attrs as unknown as ResizeBilinearGradAttrs & { halfPixelCenters?: boolean };
    if (!halfPixelCenters) return stock(call);
    const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
    const attributes = [
      { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
      { name: 'align_corners', type: TF_ATTR_BOOL, value: false },
      { name: 'half_pixel_centers', type: TF_ATTR_BOOL, value: true },
    ];
    return backend.executeSingleOutput(kernel, attributes, [call.inputs.dy, original(call.inputs.images)]);
  });

export const resizeGradients: readonly KernelRepair[] = [
  gradient(ResizeBilinearGrad, (images) => images),
  gradient(ResizeNearestNeighborGrad, ({ shape }) => tensor1d(shape.slice(1, 3), 'int32')),
];
