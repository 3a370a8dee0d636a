import { fused, grad, type Tensor, type Tensor4D, tensor, util } from '@tensorflow/tfjs-core';
import { byFilter, byInput, forward, fusedForward, type NamedConvolution } from './convolution-case';
import { filterGradient, inputGradient, shapesOf } from './float64/convolution';
import { fusedActivations } from './float64/fused-activation';
import { values } from './float64/values';
import { explicit } from './float64/windows';
import type { KernelCase } from './kernel-case';
import { roundedWindows } from './rounded-windows';
import { sumTolerance } from './sum-tolerance';

/** Batch, height, width, channels. */
const images = [
  [2, 8, 7, 3],
  [1, 9, 10, 8],
  [3, 7, 9, 1],
  [1, 8, 8, 17],
] as const;

const square: NamedConvolution[] = [1, 2, 3, 5, 7].flatMap((kernel, i) =>
  [1, 2, 3].flatMap((stride, j) =>
    (['same', 'valid'] as const).map((pad, k) => {
      const [n, height, width, channels] = images[(i + 2 * j + k) % images.length];
      const multiplier = 1 + ((i + j) % 2);
      return {
        name: `${kernel}x${kernel}, stride ${stride}, ${pad}, ${n}x${height}x${width}x${channels} times ${multiplier}`,
        input: [n, height, width, channels],
        kernel: [kernel, kernel],
        strides: [stride, stride],
        pad,
        filters: multiplier,
        depthwise: true,
      };
    }),
  ),
);

const small = {
  input: [2, 6, 5, 3],
  kernel: [3, 3],
  strides: [1, 1],
  pad: 'same',
  filters: 1,
  depthwise: true,
} satisfies Omit<NamedConvolution, 'name'>;

const odd: NamedConvolution[] = [
  { ...small, name: '3x3, stride 2, padding 1', strides: [2, 2], pad: explicit(1, 1, 1, 1) },
  { ...small, name: 'uneven padding', pad: explicit(2, 0, 0, 1), filters: 2 },
  { ...small, name: 'a rest that no window reaches', input: [1, 8, 10, 4], strides: [3, 3], pad: 'valid' },
  { ...small, name: '3x3, stride 4, padded along one axis alone', input: [2, 8, 10, 3], strides: [4, 4] },
  { ...small, name: 'oblong kernel 3x2', kernel: [3, 2], filters: 2 },
  { ...small, name: 'oblong kernel 1x5, valid', input: [1, 4, 9, 4], kernel: [1, 5], pad: 'valid' },
  { ...small, name: 'kernel as large as the image', kernel: [6, 5], pad: 'valid' },
  { ...small, name: 'one pixel', input: [4, 1, 1, 3] },
  { ...small, name: '64 channels', input: [1, 5, 5, 64] },
  { ...small, name: 'multiplier 4', filters: 4 },
  { ...small, name: 'no images', input: [0, 6, 5, 3] },
  { ...small, name: 'magnitude 1e4', scale: 1e4 },
  { ...small, name: 'magnitude 1e-30', scale: 1e-30 },
  { ...small, name: 'NaN in one pixel', special: Number.NaN },
  { ...small, name: 'NaN in one pixel, stride 2', strides: [2, 2], special: Number.NaN },
  { ...small, name: 'Infinity in one pixel', special: Number.POSITIVE_INFINITY },
  { ...small, name: 'dilation 2', input: [1, 8, 7, 3], dilations: [2, 2] },
  {
    ...small,
    name: 'dilation 2, valid, multiplier 2',
    input: [1, 8, 7, 3],
    dilations: [2, 2],
    pad: 'valid',
    filters: 2,
  },
  { ...small, name: 'dilation 3', input: [2, 9, 10, 2], dilations: [3, 3] },
  { ...small, name: 'dilation 2, padding 2', input: [1, 7, 8, 3], dilations: [2, 2], pad: explicit(2, 2, 2, 2) },
  { ...small, name: 'dilations 1 and 2', input: [1, 7, 8, 3], dilations: [1, 2] },
];

const rounded: NamedConvolution[] = roundedWindows.map((each) => ({ ...small, ...each }));

const fusedKinds = [
  { ...small, name: '3x3' },
  { ...small, name: '3x3, stride 2, multiplier 2', strides: [2, 2], filters: 2 },
] satisfies NamedConvolution[];
const relu = fusedActivations.filter(({ name }) => name === 'relu');

/** The gradient of the fused op, which tfjs takes apart where an activation follows. */
function fusedGradient(by: 'x' | 'w'): KernelCase {
  const { x, w, y } = shapesOf(small);
  const given = () => ({
    x: values(util.sizeFromShape(x), 1),
    w: values(util.sizeFromShape(w), 2),
    dy: values(util.sizeFromShape(y), 3),
  });
  return {
    kernel: 'FusedDepthwiseConv2D',
    of: 'gradient',
    name: `linear with bias, by ${by}`,
    compute() {
      const { dy, ...operands } = given();
      const constants = { x: tensor(operands.x, x) as Tensor4D, w: tensor(operands.w, w) as Tensor4D };
      const run = (of: Tensor) => {
        const all = { ...constants, [by]: of };
        const bias = tensor(values(y[3], 4));
        return fused.depthwiseConv2d({ x: all.x, filter: all.w, bias, strides: 1, pad: 'same' });
      };
      return grad(run)(constants[by], tensor(dy, y));
    },
    shape: { x, w }[by],
    dtype: 'float32',
    expected() {
      const { x, w, dy } = given();
      return by === 'x' ? inputGradient(small, w, dy) : filterGradient(small, x, dy);
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(util.sizeFromShape(y)),
  };
}

/** Depthwise convolutions, plain and fused, and their gradients. */
export const depthwiseCases: readonly KernelCase[] = [
  ...[...square, ...odd, ...rounded].flatMap((each) => [forward(each), byInput(each), byFilter(each)]),
  ...fusedKinds.flatMap((each) =>
    fusedActivations.flatMap((activation) => [fusedForward(each, activation), fusedForward(each, activation, false)]),
  ),
  ...relu.flatMap((activation) => [
    fusedForward({ ...small, name: 'dilation 2', dilations: [2, 2] }, activation),
    fusedForward({ ...small, name: 'NaN in one pixel', special: Number.NaN }, activation),
    fusedForward({ ...small, name: 'no images', input: [0, 6, 5, 3] }, activation),
  ]),
  fusedGradient('x'),
  fusedGradient('w'),
];
