import { fused, grad, type Tensor, type Tensor1D, type Tensor4D, tensor, util } from '@tensorflow/tfjs-core';
import { fusedForward, type NamedConvolution, numbers } from './convolution-case';
import { convolve, filterGradient, inputGradient, shapesOf } from './float64/convolution';
import { fusedActivations } from './float64/fused-activation';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { sumTolerance } from './sum-tolerance';

const small = {
  name: '3x3',
  input: [2, 6, 5, 3],
  kernel: [3, 3],
  strides: [1, 1],
  pad: 'same',
  filters: 5,
} satisfies NamedConvolution;
const strided = {
  ...small,
  name: '1x1, stride 2, valid',
  kernel: [1, 1],
  strides: [2, 2],
  pad: 'valid',
} satisfies NamedConvolution;
const [linear, relu] = fusedActivations;

const forwards: KernelCase[] = [
  ...[small, strided].flatMap((each) =>
    fusedActivations.flatMap((activation) => [fusedForward(each, activation), fusedForward(each, activation, false)]),
  ),
  fusedForward({ ...small, name: 'dilation 2', dilations: [2, 2] }, relu),
  fusedForward({ ...small, name: '17 channels to 64', input: [1, 5, 5, 17], filters: 64 }, relu),
  fusedForward(
    { ...small, name: '3x3, stride 4, padded along one axis alone', input: [2, 8, 10, 3], strides: [4, 4] },
    relu,
  ),
  fusedForward({ ...small, name: 'no images', input: [0, 6, 5, 3] }, relu),
  fusedForward({ ...small, name: 'magnitude 1e4', scale: 1e4 }, relu),
  ...[linear, relu].flatMap((activation) => [
    fusedForward({ ...small, name: 'NaN in one pixel', special: Number.NaN }, activation),
    fusedForward({ ...small, name: 'Infinity in one pixel', special: Number.POSITIVE_INFINITY }, activation),
  ]),
];

type Operand = 'x' | 'w' | 'bias';

/** The gradient of the fused op by one operand, the way of a layer: bias added, then relu or nothing. */
function gradient(convolution: NamedConvolution, activation: 'linear' | 'relu', by: Operand): KernelCase {
  const shapes = shapesOf(convolution);
  const { x, w, y } = shapes;
  const { strides, pad, dilations = [1, 1], kernel, filters } = convolution;
  const terms = {
    x: util.sizeFromShape(kernel) * filters,
    w: util.sizeFromShape(y.slice(0, 3)),
    bias: util.sizeFromShape(y.slice(0, 3)),
  };
  const shape = { x, w, bias: [filters] }[by];
  const given = () => ({
    x: numbers(convolution, x, 1),
    w: values(util.sizeFromShape(w), 2),
    bias: values(filters, 4),
    dy: values(util.sizeFromShape(y), 3),
  });
  return {
    // tfjs takes the fused kernel on the tape only where there is no activation.
    kernel: activation === 'linear' ? 'FusedConv2D' : 'Conv2D',
    of: 'gradient',
    name: `fused.conv2d with bias, ${activation}, by ${by}: ${convolution.name}`,
    compute() {
      const { dy, ...operands } = given();
      const constants = {
        x: tensor(operands.x, x) as Tensor4D,
        w: tensor(operands.w, w) as Tensor4D,
        bias: tensor(operands.bias) as Tensor1D,
      };
      const run = (of: Tensor) => {
        const all = { ...constants, [by]: of };
        return fused.conv2d({ x: all.x, filter: all.w, bias: all.bias, strides, pad, dilations, activation });
      };
      return grad(run)(constants[by], tensor(dy, y));
    },
    shape,
    dtype: 'float32',
    expected() {
      const { x, w, bias, dy } = given();
      const passed = convolve(convolution, x, w).map((each, i) =>
        activation === 'linear' || each + bias[i % filters] > 0 ? dy[i] : 0,
      );
      if (by === 'x') return inputGradient(convolution, w, passed);
      if (by === 'w') return filterGradient(convolution, x, passed);
      const sums = new Float64Array(filters);
      passed.forEach((each, i) => {
        sums[i % filters] += each;
      });
      return sums;
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(terms[by]),
  };
}

/**
 * Convolutions fused with bias and activation, and the gradients of tfjs's fused op. Left out: that of a dilated one without
 * activation, for which the op itself throws, whatever the backend and its gradients.
 */
export const fusedConvolutionCases: readonly KernelCase[] = [
  ...forwards,
  ...(['x', 'w', 'bias'] as const).flatMap((by) => [
    gradient(small, 'linear', by),
    gradient(small, 'relu', by),
    gradient({ ...small, name: '3x3, stride 2', strides: [2, 2] }, 'linear', by),
    gradient({ ...small, name: 'dilation 2', dilations: [2, 2] }, 'relu', by),
  ]),
];
