import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';

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

/** The same windows, with more padding at the end where their number was rounded up and the last ones reach beyond it. */
export function within(geometry: Geometry): Geometry {
  const { padInfo } = geometry;
  const [rows, columns] = uncovered(geometry).map((left) => Math.max(0, -left));
  return { ...geometry, padInfo: { ...padInfo, bottom: padInfo.bottom + rows, right: padInfo.right + columns } };
}

/** Refuses a gradient of other windows than these: of some whose number was rounded up stock TensorFlow.js forgets that they were. */
export function checkGradient({ shape }: TensorInfo, { outShape }: Geometry): void {
  if (String(shape) === String(outShape)) return;
  throw new Error(
    `onnx: the gradient of windows [${outShape}] has shape [${shape}], as of a dimRoundingMode, of which tfjs does not tell it: call repairBackend() of @agoge/backends`,
  );
}

/** How far the input, rows and columns, reaches beyond what the windows cover. */
export const uncovered = ({ padInfo, ...geometry }: Geometry): number[] => {
  const { outHeight, outWidth, strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;
  return [
    geometry.inHeight - ((outHeight - 1) * strideHeight + effectiveFilterHeight - padInfo.top - padInfo.bottom),
    geometry.inWidth - ((outWidth - 1) * strideWidth + effectiveFilterWidth - padInfo.left - padInfo.right),
  ];
};
