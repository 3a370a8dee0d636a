import { ArgMax, ArgMin, any, argMax, cast, isNaN as isNaNumber, where } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { holds, onTensorflow } from './on-tensorflow';

/** Where the largest or smallest of a row stands, the first NaN where there is one, as in PyTorch; TensorFlow passes over it. */
const argExtreme = (kernel: string) =>
  onTensorflow(kernel, ['nan-passed-over'], (call, stock, backend) => {
    const { x } = call.inputs;
    const found = stock(call);
    if (x.dtype !== 'float32' || x.size === 0) return found;
    const axis = call.attrs.axis as number;
    const marks = isNaNumber(x);
    if (!holds(marks, backend)) return found;
    return where(any(marks, axis), argMax(cast(marks, 'float32'), axis), found);
  });

export const argExtremes: readonly KernelRepair[] = [argExtreme(ArgMax), argExtreme(ArgMin)];
