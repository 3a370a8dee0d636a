import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DataType,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type ScatterNdAttrs,
  type TensorInfo,
  type UnsortedSegmentSumAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { type Reduction, shapesOf } from '../reductions';

/** What a kernel gives where one of its inputs has no elements: one number, 0 unless said, throughout. */
interface Answer {
  shape: number[];
  value?: number;
  dtype?: DataType;
}
type Answers = (inputs: NamedTensorInfoMap, attributes: NamedAttrMap) => Answer;

/** A repair, or the stock kernel, which of nothing gives its answer; the stock kernels of GPUs throw, or are refused. */
export const ofNothing = (
  { backend, kernel, faults, replace }: Pick<KernelRepair, 'backend' | 'kernel'> & Partial<KernelRepair>,
  answer: Answers,
): KernelRepair => ({
  backend,
  kernel,
  faults: [...(faults ?? []), 'throws-if-empty'],
  replace(stock) {
    const full = replace ? replace(stock) : stock;
    return (call) => {
      const inputs = Object.values(call.inputs).filter(
        (each): each is TensorInfo => each !== undefined && each !== null,
      );
      if (inputs.every(({ shape }) => util.sizeFromShape(shape) > 0)) return full?.(call) as TensorInfo;
      const { shape, value = 0, dtype = inputs[0].dtype } = answer(call.inputs, call.attrs ?? {});
      const values = util.getArrayFromDType(dtype, util.sizeFromShape(shape)) as Float32Array;
      return { dataId: (call.backend as KernelBackend).write(values.fill(value), shape, dtype), shape, dtype };
    };
  },
});

export const ofReduction =
  (value: number, dtype?: DataType): Answers =>
  ({ x }, attributes) => ({ shape: shapesOf(x as TensorInfo, attributes as Reduction).result, value, dtype });

export const ofProduct: Answers = ({ a, b }, { transposeA, transposeB }) => {
  const [left, right] = [(a as TensorInfo).shape, (b as TensorInfo).shape];
  const batch = backend_util.assertAndGetBroadcastShape(left.slice(0, -2), right.slice(0, -2));
  return { shape: [...batch, left[left.length - (transposeA ? 1 : 2)], right[right.length - (transposeB ? 2 : 1)]] };
};

export const ofConvolution: Answers = ({ x, filter }, attributes) => {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attributes as unknown as Conv2DAttrs;
  const geometry = backend_util.computeConv2DInfo(
    (x as TensorInfo).shape as [number, number, number, number],
    (filter as TensorInfo).shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  return { shape: geometry.outShape };
};

export const ofImages: Answers = (_, attributes) => ({
  shape: (attributes as unknown as Conv2DBackpropInputAttrs).inputShape,
});
export const ofFilter: Answers = (_, attributes) => ({
  shape: (attributes as unknown as Conv2DBackpropFilterAttrs).filterShape,
});
export const ofScatter: Answers = ({ updates }, attributes) => ({
  shape: (attributes as unknown as ScatterNdAttrs).shape,
  dtype: (updates as TensorInfo).dtype,
});
export const ofSegments: Answers = ({ x, segmentIds }, attributes) => ({
  shape: [
    (attributes as unknown as UnsortedSegmentSumAttrs).numSegments,
    ...(x as TensorInfo).shape.slice((segmentIds as TensorInfo).shape.length),
  ],
});
