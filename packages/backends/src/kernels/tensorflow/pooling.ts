import {
  AvgPool,
  AvgPoolGrad,
  avgPool,
  backend_util,
  div,
  MaxPool,
  type MaxPoolAttrs,
  MaxPoolGrad,
  ones,
  pad,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { borders, cut } from './borders';
import { type Call, onTensorflow } from './on-tensorflow';

interface Padding {
  padded(image: Tensor, value: number): Tensor;
  /** The part of each window that is not padding. */
  share(): Tensor;
  /** The stock kernel without padding. */
  run(inputs: Call['inputs']): Tensor;
}

/** Pooling that is padded by numbers, which tfjs-node refuses: that of the padded image without padding. */
const pooling = (kernel: string, compute: (inputs: Call['inputs'], padding: Padding) => Tensor) =>
  onTensorflow(kernel, ['no-padding-by-number'], (call, stock) => {
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
  });

const lowest = ({ dtype }: Tensor) => (dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);

export const poolings: readonly KernelRepair[] = [
  pooling(MaxPool, ({ x }, { padded, run }) => run({ x: padded(x, lowest(x)) })),
  pooling(MaxPoolGrad, ({ input }, { padded, run }) => run({ input: padded(input, lowest(input)) })),
  pooling(AvgPool, ({ x }, { padded, share, run }) => div(run({ x: padded(x, 0) }), share())),
  pooling(AvgPoolGrad, ({ dy, input }, { padded, share, run }) =>
    run({ dy: div(dy, share()), input: padded(input, 0) }),
  ),
];
