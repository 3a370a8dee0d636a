import type { backend_util } from '@tensorflow/tfjs-core';

/** Windows that slide over images: of a convolution or a pooling. */
export type Geometry = backend_util.Conv2DInfo;

/** Where TensorFlow.js lets windows begin. */
export type Padding = 'valid' | 'same' | number | backend_util.ExplicitPadding;

/** The attributes by which ONNX knows the windows. */
export const windowsOf = ({ padInfo, ...geometry }: Geometry) => ({
  kernel_shape: [geometry.filterHeight, geometry.filterWidth],
  strides: [geometry.strideHeight, geometry.strideWidth],
  pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
});

/** How far the input, rows and columns, reaches beyond what the windows cover. */
export const uncovered = ({ padInfo, ...geometry }: Geometry): number[] => {
  const { outHeight, outWidth, strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;
  return [
    geometry.inHeight - ((outHeight - 1) * strideHeight + effectiveFilterHeight - padInfo.top - padInfo.bottom),
    geometry.inWidth - ((outWidth - 1) * strideWidth + effectiveFilterWidth - padInfo.left - padInfo.right),
  ];
};
