import {
  CropAndResize,
  engine,
  image,
  ResizeBilinearGrad,
  ResizeNearestNeighborGrad,
  RotateWithOffset,
  range,
  reshape,
  type Tensor,
  Transform,
  tensor1d,
  tensor2d,
  tensor4d,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';

type Size = [height: number, width: number];

/** The gradient 1, 2, 3, ... of images of one size, through the resizing from another. */
function gradientOfResizing(kernel: string, from: Size, to: Size, attributes: object, images = 1): Tensor {
  const count = images * to[0] * to[1];
  const dy = reshape(range(1, count + 1), [images, ...to, 1]);
  const inputs = { dy, images: zeros([images, ...from, 1]) };
  return engine().runKernel(kernel, inputs, { alignCorners: false, halfPixelCenters: false, ...attributes });
}

const halfPixels = (kernel: string, to: Size, right: readonly number[]): StockFault => ({
  kernel,
  fault: 'half-pixel-centres',
  says: 'takes no account of half-pixel centres',
  concerns: ({ attributes }) => attributes.halfPixelCenters === true,
  compute: () => gradientOfResizing(kernel, [2, 2], to, { halfPixelCenters: true }),
  right,
});

/** Of resizing, cropping and turning images. */
export const ofWarping: readonly StockFault[] = [
  halfPixels(ResizeBilinearGrad, [2, 4], [3.25, 6.75, 11.25, 14.75]),
  halfPixels(ResizeNearestNeighborGrad, [2, 3], [1, 5, 4, 11]),
  {
    kernel: ResizeBilinearGrad,
    fault: 'single-pixel-lost',
    says: 'loses the gradient of a single pixel with corners aligned',
    concerns({ inputs, attributes }) {
      const { dy, images } = inputs as Inputs<'dy' | 'images'>;
      return attributes.alignCorners === true && [1, 2].some((axis) => images.shape[axis] === 1 && dy.shape[axis] > 1);
    },
    compute: () => gradientOfResizing(ResizeBilinearGrad, [1, 1], [2, 2], { alignCorners: true }),
    right: [10],
  },
  {
    kernel: ResizeNearestNeighborGrad,
    fault: 'images-mixed-up',
    says: 'mixes up the images of a batch',
    concerns({ inputs }) {
      const { dy, images } = inputs as Inputs<'dy' | 'images'>;
      const [pixels, before] = [dy, images].map(({ shape }) => shape[1] * shape[2]);
      return images.shape[0] > 1 && pixels !== before;
    },
    compute: () => gradientOfResizing(ResizeNearestNeighborGrad, [1, 1], [2, 2], {}, 2),
    right: [10, 26],
  },
  {
    kernel: CropAndResize,
    fault: 'boxes-for-images',
    says: 'takes the number of a box for that of its image',
    concerns: ({ inputs }) => (inputs as Inputs<'image'>).image.shape[0] > 1,
    compute() {
      const boxes = tensor2d([0, 0, 1, 1, 0, 0, 1, 1], [2, 4]);
      return image.cropAndResize(tensor4d([1, 2, 3], [3, 1, 1, 1]), boxes, tensor1d([2, 0], 'int32'), [1, 1]);
    },
    right: [3, 1],
  },
  {
    kernel: RotateWithOffset,
    fault: 'fill-truncated',
    says: 'fills with whole numbers alone',
    concerns: ({ attributes }) => [attributes.fillValue as number | number[]].flat().some((each) => each % 1 !== 0),
    // Turned about a place far outside, so that nothing of the image stays.
    compute: () => image.rotateWithOffset(tensor4d([1, 1], [1, 1, 2, 1]), Math.PI / 4, 1.5, [5, 5]),
    right: [1.5, 1.5],
  },
  {
    kernel: Transform,
    fault: 'first-image-only',
    says: 'warps the first image of a batch alone',
    concerns: ({ inputs }) => (inputs as Inputs<'image'>).image.shape[0] > 1,
    compute() {
      const same = tensor2d([1, 0, 0, 0, 1, 0, 0, 0], [1, 8]);
      return image.transform(tensor4d([1, 2, 3, 4], [2, 2, 1, 1]), same, 'nearest', 'constant', 9);
    },
    right: [1, 2, 3, 4],
  },
  {
    kernel: Transform,
    fault: 'reflected-wrongly',
    says: 'mirrors images at the wrong place',
    concerns: ({ attributes }) => attributes.fillMode === 'reflect',
    compute() {
      const shift = tensor2d([1, 0, -1, 0, 1, 0, 0, 0], [1, 8]);
      return image.transform(tensor4d([1, 2], [1, 1, 2, 1]), shift, 'nearest', 'reflect');
    },
    right: [1, 1],
  },
];
