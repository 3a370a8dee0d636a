import { type KernelFunc, slice_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { size } from './lowering';
import type { OnnxBackend } from './onnx-backend';

/**
 * Takes rows of values that are there, as a program takes one batch of its data after another, by copying them. As part of a
 * graph each slice would make that another graph, which is compiled anew, since where it begins is part of the structure.
 *
 * @param record what is done with every other slice
 */
export const rowsAtHand =
  (record: KernelFunc): KernelFunc =>
  (call) => {
    const x = call.inputs.x as TensorInfo;
    const { begin, size: lengths } = call.attrs as unknown as { begin: number | number[]; size?: number | number[] };
    const [from, shape] = slice_util.parseSliceParams(x as never, begin, lengths);
    slice_util.assertParamsValid(x as never, from, shape);
    const row = size(x.shape.slice(1));
    const whole = x.shape.length > 0 && x.shape.every((length, axis) => axis === 0 || shape[axis] === length);
    const onnx = call.backend as OnnxBackend;
    const values = whole ? onnx.data(x.dataId).stretch(from[0] * row, (from[0] + shape[0]) * row) : undefined;
    return values ? { dataId: onnx.write(values, shape, x.dtype), shape, dtype: x.dtype } : record(call);
  };
