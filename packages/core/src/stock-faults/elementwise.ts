import {
  Cast,
  ClipByValue,
  cast,
  clipByValue,
  OneHot,
  oneHot,
  Prelu,
  prelu,
  Select,
  Sign,
  sign,
  tensor1d,
  tensor2d,
  util,
  where,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';
import type { KernelCall } from '../watch-kernels';

const takesFloats = ({ inputs }: KernelCall) => (inputs as Inputs<'x'>).x.dtype === 'float32';

/** Of functions of single numbers and of their types. */
export const ofNumbers: readonly StockFault[] = [
  {
    kernel: OneHot,
    fault: 'integer-bits-as-float',
    says: 'writes the bits of integers into a result of another type',
    concerns: ({ attributes }) => attributes.dtype !== 'int32',
    compute: () => oneHot(tensor1d([1, 0], 'int32'), 2, 1, 0, 'float32'),
    right: [0, 1, 1, 0],
  },
  {
    kernel: Sign,
    fault: 'tiny-is-zero',
    says: 'gives 0 for numbers below 1.2e-7',
    concerns: takesFloats,
    compute: () => sign(tensor1d([1e-8, -1e-8])),
    right: [1, -1],
  },
  {
    kernel: ClipByValue,
    fault: 'integers-as-floats',
    says: 'reads the bits of integers as those of floats',
    concerns: (call) => !takesFloats(call),
    compute: () => clipByValue(tensor1d([-3, 0, 9], 'int32'), -1, 5),
    right: [-1, 0, 5],
  },
  {
    kernel: Cast,
    fault: 'bool-by-truncation',
    says: 'takes numbers for false of whose integer part the lowest byte is 0',
    concerns: ({ inputs, attributes }) => attributes.dtype === 'bool' && (inputs as Inputs<'x'>).x.dtype !== 'bool',
    compute: () => cast(tensor1d([0.5, 256, 0]), 'bool'),
    right: [1, 1, 0],
  },
  {
    kernel: Select,
    fault: 'bool-overruns',
    says: 'takes bools for integers, and writes over what lies behind them',
    concerns: ({ inputs }) => (inputs as Inputs<'t'>).t.dtype === 'bool',
    // Two bools: what is written beyond them still lies within the smallest piece of memory there is.
    compute: () => where(tensor1d([1, 0], 'bool'), tensor1d([0, 0], 'bool'), tensor1d([1, 1], 'bool')),
    right: [0, 1],
  },
  {
    kernel: Prelu,
    fault: 'slopes-by-position',
    says: 'takes slopes that are shared along an inner axis for slopes of the last axes',
    concerns({ inputs }) {
      const { x, alpha } = inputs as Inputs<'x' | 'alpha'>;
      const slopes = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
      return util.sizeFromShape(alpha.shape) > 1 && !util.arraysEqual(slopes, x.shape.slice(-slopes.length));
    },
    compute: () => prelu(tensor2d([-1, -1, -1, -1], [2, 2]), tensor2d([1, 2], [2, 1])),
    right: [-1, -1, -2, -2],
  },
];
