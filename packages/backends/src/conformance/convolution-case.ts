import { conv2d, depthwiseConv2d, fused, grad, type Tensor, type Tensor4D, tensor, util } from '@tensorflow/tfjs-core';
import { type Convolution, convolve, filterGradient, inputGradient, shapesOf } from './float64/convolution';
import type { FusedActivation } from './float64/fused-activation';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { sumTolerance } from './sum-tolerance';

/** A convolution and what is special about it. */
export interface NamedConvolution extends Convolution {
  name: string;
  /** Magnitude of images and of the result's gradient; 1 by default. */
  scale?: number;
  /** In place of the first number of the image in the middle of the batch, or of its gradient. */
  special?: number;
}

/** The numbers of images or of the result's gradient. */
export function numbers({ scale = 1, special }: NamedConvolution, shape: number[], seed: number) {
  const made = values(util.sizeFromShape(shape), seed).map((each) => each * scale);
  if (special !== undefined) made[Math.floor(shape[0] / 2) * util.sizeFromShape(shape.slice(1))] = special;
  return made;
}

const weights = (convolution: Convolution) => values(util.sizeFromShape(shapesOf(convolution).w), 2);

/** The op of tfjs-core. */
function run(convolution: Convolution, x: Tensor, w: Tensor): Tensor {
  const { strides, pad, dilations = [1, 1], rounding } = convolution;
  const op = convolution.depthwise ? depthwiseConv2d : conv2d;
  return op(x as Tensor4D, w as Tensor4D, strides, pad, 'NHWC', dilations, rounding);
}

const forwardName = ({ depthwise }: Convolution) => (depthwise ? 'DepthwiseConv2dNative' : 'Conv2D');

/** A convolution itself. */
export function forward(convolution: NamedConvolution): KernelCase {
  const { x, w, y } = shapesOf(convolution);
  const images = () => numbers(convolution, x, 1);
  return {
    kernel: forwardName(convolution),
    of: 'forward',
    name: convolution.name,
    compute: () => run(convolution, tensor(images(), x), tensor(weights(convolution), w)),
    shape: y,
    dtype: 'float32',
    expected: () => convolve(convolution, images(), weights(convolution)),
    precision: 'arithmetic',
    tolerance: sumTolerance(
      util.sizeFromShape(convolution.kernel) * (convolution.depthwise ? 1 : x[3]),
      convolution.scale,
    ),
  };
}

/** tfjs's gradients have kernels of their own, which take no dilation: what differentiates a dilated one is left open. */
function gradientOf(convolution: NamedConvolution, by: 'Input' | 'Filter'): Pick<KernelCase, 'kernel' | 'of' | 'name'> {
  const name = forwardName(convolution);
  const dilated = convolution.dilations?.some((each) => each > 1);
  if (dilated) return { kernel: name, of: 'gradient', name: `by ${by.toLowerCase()}: ${convolution.name}` };
  return { kernel: `${name}Backprop${by}`, of: 'forward', name: convolution.name };
}

/** The gradient by the images, as tfjs's tape finds it. */
export function byInput(convolution: NamedConvolution): KernelCase {
  const { x, w, y } = shapesOf(convolution);
  const upstream = () => numbers(convolution, y, 3);
  return {
    ...gradientOf(convolution, 'Input'),
    compute() {
      const filter = tensor(weights(convolution), w);
      return grad((images) => run(convolution, images, filter))(
        tensor(values(util.sizeFromShape(x), 1), x),
        tensor(upstream(), y),
      );
    },
    shape: x,
    dtype: 'float32',
    expected: () => inputGradient(convolution, weights(convolution), upstream()),
    precision: 'arithmetic',
    tolerance: sumTolerance(util.sizeFromShape(convolution.kernel) * convolution.filters, convolution.scale),
  };
}

/** The gradient by the filter, as tfjs's tape finds it. */
export function byFilter(convolution: NamedConvolution): KernelCase {
  const { x, w, y } = shapesOf(convolution);
  const images = () => numbers(convolution, x, 1);
  const upstream = () => values(util.sizeFromShape(y), 3);
  return {
    ...gradientOf(convolution, 'Filter'),
    compute() {
      const constant = tensor(images(), x);
      return grad((filter) => run(convolution, constant, filter))(
        tensor(weights(convolution), w),
        tensor(upstream(), y),
      );
    },
    shape: w,
    dtype: 'float32',
    expected: () => filterGradient(convolution, images(), upstream()),
    precision: 'arithmetic',
    tolerance: sumTolerance(util.sizeFromShape(y.slice(0, 3)), convolution.scale),
  };
}

/** A convolution with bias and activation in one kernel. */
export function fusedForward(
  convolution: NamedConvolution & { pad: 'same' | 'valid' },
  { name, transcendental, of }: FusedActivation,
  withBias = true,
): KernelCase {
  const { x, w, y } = shapesOf(convolution);
  const { strides, pad, dilations = [1, 1], depthwise } = convolution;
  const channels = y[3];
  const images = () => numbers(convolution, x, 1);
  const bias = () => values(channels, 4);
  const slopes = () => (name === 'prelu' ? values(channels, 5) : new Float32Array(channels).fill(0.3));
  return {
    kernel: depthwise ? 'FusedDepthwiseConv2D' : 'FusedConv2D',
    of: 'forward',
    name: `${name}${withBias ? ', bias' : ''}: ${convolution.name}`,
    compute: () =>
      (depthwise ? fused.depthwiseConv2d : fused.conv2d)({
        x: tensor(images(), x) as Tensor4D,
        filter: tensor(weights(convolution), w) as Tensor4D,
        strides,
        pad,
        dilations,
        bias: withBias ? tensor(bias()) : undefined,
        activation: name,
        preluActivationWeights: name === 'prelu' ? tensor(slopes(), [1, 1, channels]) : undefined,
        leakyreluAlpha: name === 'leakyrelu' ? slopes()[0] : undefined,
      }),
    shape: y,
    dtype: 'float32',
    expected() {
      const [added, slope] = [bias(), slopes()];
      return convolve(convolution, images(), weights(convolution)).map((each, i) =>
        of(each + (withBias ? added[i % channels] : 0), slope[i % channels]),
      );
    },
    precision: transcendental ? 'transcendental' : 'arithmetic',
    ...(transcendental
      ? { terms: () => new Float32Array(util.sizeFromShape(y)).fill(1) }
      : {
          tolerance: sumTolerance(util.sizeFromShape(convolution.kernel) * (depthwise ? 1 : x[3]), convolution.scale),
        }),
  };
}
