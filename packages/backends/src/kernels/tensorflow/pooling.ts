import {
  AvgPool,
  AvgPoolGrad,
  avgPool,
  backend_util,
  cast,
  div,
  equal,
  logicalAnd,
  MaxPool,
  type MaxPoolAttrs,
  MaxPoolGrad,
  notEqual,
  ones,
  pad,
  type Tensor,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { borders, cut } from './borders';
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

const lowest = ({ dtype }: Tensor) => (dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);

/** Of windows of nothing but -Infinity TensorFlow gives the lowest finite number. */
const maxPool = onTensorflow(MaxPool, [byNumber, 'finite-maximum-of-infinities'], (call, stock, backend) => {
  const maxima = (image: Tensor) =>
    pool({ ...call, inputs: { x: image } }, stock, ({ x }, { padded, run }) => run({ x: padded(x, lowest(x)) }));
  const { x } = call.inputs;
  const result = maxima(x);
  if (x.dtype !== 'float32') return result;
  const doubtful = equal(result, -3.4028234663852886e38);
  if (!holds(doubtful, backend)) return result;
  const others = maxima(cast(notEqual(x, Number.NEGATIVE_INFINITY), 'float32'));
  return where(logicalAnd(doubtful, equal(others, 0)), Number.NEGATIVE_INFINITY, result);
});

export const poolings: readonly KernelRepair[] = [
  maxPool,
  pooling(MaxPoolGrad, ({ input }, { padded, run }) => run({ input: padded(input, lowest(input)) })),
  pooling(AvgPool, ({ x }, { padded, share, run }) => div(run({ x: padded(x, 0) }), share())),
  pooling(AvgPoolGrad, ({ dy, input }, { padded, share, run }) =>
    run({ dy: div(dy, share()), input: padded(input, 0) }),
  ),
];
