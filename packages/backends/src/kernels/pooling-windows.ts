import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * Visits each pooling window of a batch `[n, height, width, channels]`, cut to the image; none that lies in the padding alone.
 *
 * @param visit gets the position of the window's first output channel, the position of its image, and its rows and columns
 * as half-open ranges
 */
export function forEachWindow(
  geometry: backend_util.Conv2DInfo,
  visit: (output: number, image: number, top: number, bottom: number, left: number, right: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = geometry;
  const { strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;
  let output = 0;
  for (let n = 0; n < batchSize; n++) {
    const image = n * inHeight * inWidth * inChannels;
    for (let row = 0; row < outHeight; row++) {
      const top = row * strideHeight - padInfo.top;
      for (let column = 0; column < outWidth; column++, output += inChannels) {
        const left = column * strideWidth - padInfo.left;
        const bottom = Math.min(inHeight, top + effectiveFilterHeight);
        const right = Math.min(inWidth, left + effectiveFilterWidth);
        if (bottom > Math.max(0, top) && right > Math.max(0, left)) {
          visit(output, image, Math.max(0, top), bottom, Math.max(0, left), right);
        }
      }
    }
  }
}

/** Whether some window holds no pixel of the image. */
export function holdNothing(geometry: backend_util.Conv2DInfo): boolean {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, padInfo } = geometry;
  const { effectiveFilterHeight, effectiveFilterWidth } = geometry;
  const beside = padInfo.top >= effectiveFilterHeight || padInfo.left >= effectiveFilterWidth;
  const behind = (windows: number, stride: number, before: number, size: number) =>
    (windows - 1) * stride - before >= size;
  return (
    beside ||
    behind(outHeight, strideHeight, padInfo.top, inHeight) ||
    behind(outWidth, strideWidth, padInfo.left, inWidth)
  );
}

export const shape4d = (x: TensorInfo) => x.shape as [number, number, number, number];
