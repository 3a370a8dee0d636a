import {
  GatherV2,
  gather,
  grad,
  MirrorPad,
  mirrorPad,
  ones,
  StridedSlice,
  stridedSlice,
  tensor1d,
  tensor2d,
  util,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';
import type { KernelCall } from '../watch-kernels';

/** Slices without a stride are another kernel's, which is right. */
const isStrided = ({ attributes }: KernelCall) => (attributes.strides as number[]).some((each) => each !== 1);

/** Of kernels that move numbers. */
export const ofMoving: readonly StockFault[] = [
  {
    kernel: GatherV2,
    fault: 'batches-misread',
    says: 'takes the number of images in a batch for that of the entries to take of each',
    concerns({ inputs, attributes }) {
      const { indices } = inputs as Inputs<'indices'>;
      const batch = util.sizeFromShape(indices.shape.slice(0, Number(attributes.batchDims ?? 0)));
      return batch > 1 && util.sizeFromShape(indices.shape) !== batch * batch;
    },
    // More entries than images: with fewer the stock kernel reads beyond their numbers.
    compute: () => gather(tensor2d([1, 2, 3, 4], [2, 2]), tensor2d([1, 0, 0, 1, 1, 0], [2, 3], 'int32'), 1, 1),
    right: [2, 1, 1, 4, 4, 3],
  },
  {
    kernel: StridedSlice,
    fault: 'dropped-axes-misread',
    says: 'counts the axes of a slice wrongly where one is dropped',
    concerns: (call) => call.attributes.shrinkAxisMask !== 0 && isStrided(call),
    compute: () => stridedSlice(tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]), [1, 0], [2, 3], [1, 2], 0, 0, 0, 0, 1),
    right: [4, 6],
  },
  {
    kernel: StridedSlice,
    fault: 'type-lost',
    says: 'takes the bits of integers for those of floats',
    concerns: (call) => (call.inputs as Inputs<'x'>).x.dtype !== 'float32' && isStrided(call),
    compute: () => stridedSlice(tensor1d([1, 2, 3, 4], 'int32'), [0], [4], [2]),
    right: [1, 3],
  },
  {
    kernel: MirrorPad,
    of: 'gradient',
    fault: 'mirrored-pixels-left-out',
    says: 'leaves out the mirrored pixels',
    concerns: ({ attributes }) => (attributes.paddings as [number, number][]).flat().some((each) => each > 0),
    compute: () => grad((x) => mirrorPad(x, [[1, 1]], 'reflect'))(ones([2])),
    right: [2, 2],
  },
];
