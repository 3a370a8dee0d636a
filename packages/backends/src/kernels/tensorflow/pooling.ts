import {
  AvgPool,
  AvgPoolGrad,
  avgPool,
  backend_util,
  cast,
  div,
  equal,
  greater,
  isNaN as isNaNumber,
  lessEqual,
  logicalAnd,
  MaxPool,
  type MaxPoolAttrs,
  MaxPoolGrad,
  minimum,
  notEqual,
  ones,
  pad,
  type Tensor,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { borders, cut } from '../borders';
import { type Call, holds, onTensorflow } from './on-tensorflow';

interface Padding {
  padded(image: Tensor, value: number): Tensor;
  /** The part of each window that is not padding. */
  share(): Tensor;
  /** The stock kernel without padding. */
  run(inputs: Call['inputs']): Tensor;
}
type Pooling = (inputs: Call['inputs'], padding: Padding) => Tensor;

/** Pooling that is padded by numbers, which tfjs-node refuses: that of the padded image without padding. */
function pool(call: Call, stock: (call: Call) => Tensor, compute: Pooling): Tensor {
  const { inputs, attrs } = call;
  const { shape } = (inputs.x ?? inputs.input) as Tensor4D;
  const { filterSize, strides, pad: by, dimRoundingMode } = attrs as unknown as MaxPoolAttrs;
  const around = borders(backend_util.computePool2DInfo(shape, filterSize, strides, 1, by, dimRoundingMode));
  if (!around) return stock(call);
  const result = compute(inputs, {
    padded: (image, value) => pad(image, around, value),
    share: () => avgPool(pad(ones([1, shape[1], shape[2], 1]), around) as Tensor4D, filterSize, strides, 'valid'),
    run: (padded) => stock({ inputs: { ...inputs, ...padded }, attrs: { ...attrs, pad: 'valid' } }),
  });
  return inputs.x ? result : cut(result as Tensor4D, around, shape);
}

const byNumber = 'no-padding-by-number';
const pooling = (kernel: string, compute: Pooling) =>
  onTensorflow(kernel, [byNumber], (call, stock) => pool(call, stock, compute));

/** Of finite float32. */
const greatest = 3.4028234663852886e38;
const lowest = ({ dtype }: Tensor) => (dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);

/** Of windows of nothing but -Infinity TensorFlow gives the lowest finite number, of those with NaN the largest other. */
const maxPool = onTensorflow(
  MaxPool,
  [byNumber, 'finite-maximum-of-infinities', 'nan-lost'],
  (call, stock, backend) => {
    const maxima = (image: Tensor) =>
      pool({ ...call, inputs: { x: image } }, stock, ({ x }, { padded, run }) => run({ x: padded(x, lowest(x)) }));
    const { x } = call.inputs;
    if (x.dtype !== 'float32') return maxima(x);
    const marks = isNaNumber(x);
    const numbers = maxima(x);
    const result = holds(marks, backend)
      ? where(greater(maxima(cast(marks, 'float32')), 0), Number.NaN, numbers)
      : numbers;
    const doubtful = equal(result, -greatest);
    if (!holds(doubtful, backend)) return result;
    const others = maxima(cast(notEqual(x, Number.NEGATIVE_INFINITY), 'float32'));
    return where(logicalAnd(doubtful, lessEqual(others, 0)), Number.NEGATIVE_INFINITY, result);
  },
);

/** TensorFlow passes over NaN, which here counts as the largest. */
const maxPoolGrad = onTensorflow(MaxPoolGrad, [byNumber, 'nan-passed-over'], (call, stock, backend) => {
  const { input, output, ...rest } = call.inputs;
  const ordered = (each: Tensor) => where(isNaNumber(each), Number.POSITIVE_INFINITY, minimum(each, greatest));
  const inputs = holds(isNaNumber(input), backend)
    ? { ...rest, input: ordered(input), output: ordered(output) }
    : call.inputs;
  return pool({ ...call, inputs }, stock, ({ input }, { padded, run }) => run({ input: padded(input, lowest(input)) }));
});

export const poolings: readonly KernelRepair[] = [
  maxPool,
  maxPoolGrad,
  pooling(AvgPool, ({ x }, { padded, share, run }) => div(run({ x: padded(x, 0) }), share())),
  pooling(AvgPoolGrad, ({ dy, input }, { padded, share, run }) =>
    run({ dy: div(dy, share()), input: padded(input, 0) }),
  ),
];
