import {
  concat,
  conv1d,
  conv2d,
  conv2dTranspose,
  grad,
  reshape,
  separableConv2d,
  type Tensor3D,
  type Tensor4D,
  tensor,
  util,
} from '@tensorflow/tfjs-core';
import { type Convolution, convolve, filterGradient, inputGradient, shapesOf } from './float64/convolution';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { sumTolerance } from './sum-tolerance';

/** Along a line: height 1. */
function line(name: string, convolution: Convolution): KernelCase[] {
  const { x, w, y } = shapesOf(convolution);
  const given = () => ({
    x: values(util.sizeFromShape(x), 1),
    w: values(util.sizeFromShape(w), 2),
    dy: values(util.sizeFromShape(y), 3),
  });
  const { strides, pad, dilations = [1, 1] } = convolution;
  const run = (images: Tensor3D) =>
    conv1d(images, tensor(given().w, [w[1], w[2], w[3]]) as Tensor3D, strides[1], pad as 'same', 'NWC', dilations[1]);
  const shared = {
    dtype: 'float32',
    precision: 'arithmetic',
    tolerance: sumTolerance(util.sizeFromShape(w)),
  } as const;
  const flat = ([n, , width, channels]: number[]): [number, number, number] => [n, width, channels];
  return [
    {
      ...shared,
      kernel: 'Conv2D',
      of: 'forward',
      name: `conv1d: ${name}`,
      compute: () => run(tensor(given().x, flat(x))),
      shape: flat(y),
      expected: () => convolve(convolution, given().x, given().w),
    },
    {
      ...shared,
      kernel: 'Conv2D',
      of: 'gradient',
      name: `conv1d, by input: ${name}`,
      compute: () => grad((images) => run(images as Tensor3D))(tensor(given().x, flat(x)), tensor(given().dy, flat(y))),
      shape: flat(x),
      expected: () => inputGradient(convolution, given().w, given().dy),
    },
  ];
}

/** The transpose of a convolution: its gradient by the input, as a layer of its own, which has gradients too. */
function transposed(name: string, convolution: Convolution): KernelCase[] {
  const { x, w, y } = shapesOf(convolution);
  const given = () => ({
    from: values(util.sizeFromShape(y), 1),
    w: values(util.sizeFromShape(w), 2),
    upstream: values(util.sizeFromShape(x), 3),
  });
  const run = (from: Tensor4D, filter: Tensor4D) =>
    conv2dTranspose(from, filter, x, convolution.strides, convolution.pad as 'same');
  const tensors = () => {
    const { from, w: filter, upstream } = given();
    return [tensor(from, y) as Tensor4D, tensor(filter, w) as Tensor4D, tensor(upstream, x)] as const;
  };
  const shared = { kernel: 'Conv2DBackpropInput', dtype: 'float32', precision: 'arithmetic' } as const;
  return [
    {
      ...shared,
      of: 'forward',
      name: `conv2dTranspose: ${name}`,
      compute() {
        const [from, filter] = tensors();
        return run(from, filter);
      },
      shape: x,
      expected: () => inputGradient(convolution, given().w, given().from),
      tolerance: sumTolerance(util.sizeFromShape(w)),
    },
    {
      ...shared,
      of: 'gradient',
      name: `conv2dTranspose, by input: ${name}`,
      compute() {
        const [from, filter, upstream] = tensors();
        return grad((each) => run(each as Tensor4D, filter))(from, upstream);
      },
      shape: y,
      expected: () => convolve(convolution, given().upstream, given().w),
      tolerance: sumTolerance(util.sizeFromShape(w)),
    },
    {
      ...shared,
      of: 'gradient',
      name: `conv2dTranspose, by filter: ${name}`,
      compute() {
        const [from, filter, upstream] = tensors();
        return grad((each) => run(from, each as Tensor4D))(filter, upstream);
      },
      shape: w,
      expected: () => filterGradient(convolution, given().upstream, given().from),
      tolerance: sumTolerance(util.sizeFromShape(y.slice(0, 3))),
    },
  ];
}

const depthwise: Convolution = {
  input: [2, 6, 7, 3],
  kernel: [3, 3],
  strides: [2, 2],
  pad: 'same',
  filters: 2,
  depthwise: true,
};
const pointwise: Convolution = { input: [2, 3, 4, 6], kernel: [1, 1], strides: [1, 1], pad: 'valid', filters: 5 };

/** A depthwise convolution, then one of 1x1, by each of its operands. */
function separable(by: 'forward' | 'x' | 'depthwise' | 'pointwise'): KernelCase {
  const [{ x, w, y: between }, { w: mixing, y }] = [shapesOf(depthwise), shapesOf(pointwise)];
  const given = () => ({
    x: values(util.sizeFromShape(x), 1),
    depthwise: values(util.sizeFromShape(w), 2),
    pointwise: values(util.sizeFromShape(mixing), 4),
    dy: values(util.sizeFromShape(y), 3),
  });
  const shapes = { x, depthwise: w, pointwise: mixing };
  return {
    kernel: 'DepthwiseConv2dNative',
    of: by === 'forward' ? 'forward' : 'gradient',
    name: `separableConv2d${by === 'forward' ? '' : `, by ${by}`}`,
    compute() {
      const { dy, ...operands } = given();
      const constants = {
        x: tensor(operands.x, x) as Tensor4D,
        depthwise: tensor(operands.depthwise, w) as Tensor4D,
        pointwise: tensor(operands.pointwise, mixing) as Tensor4D,
      };
      const run = (changed: Partial<typeof constants>) => {
        const { x, depthwise, pointwise } = { ...constants, ...changed };
        return separableConv2d(x, depthwise, pointwise, 2, 'same');
      };
      return by === 'forward' ? run({}) : grad((each) => run({ [by]: each }))(constants[by], tensor(dy, y));
    },
    shape: by === 'forward' ? y : shapes[by],
    dtype: 'float32',
    expected() {
      const { dy, ...operands } = given();
      const middle = convolve(depthwise, operands.x, operands.depthwise);
      if (by === 'forward') return convolve(pointwise, middle, operands.pointwise);
      if (by === 'pointwise') return filterGradient(pointwise, middle, dy);
      const upstream = inputGradient(pointwise, operands.pointwise, dy);
      return by === 'x'
        ? inputGradient(depthwise, operands.depthwise, upstream)
        : filterGradient(depthwise, operands.x, upstream);
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(util.sizeFromShape(between.slice(0, 3)) * 6, 2),
  };
}

/** One filter's numbers in another shape: a backend that keeps packed filters by their data must not take the old one. */
const reshaped: KernelCase = {
  kernel: 'Conv2D',
  of: 'forward',
  name: 'a filter that ran before in another shape',
  compute() {
    const filter = tensor(values(24, 2), [3, 2, 2, 2]) as Tensor4D;
    conv2d(tensor(values(24, 1), [1, 3, 4, 2]) as Tensor4D, filter, 1, 'valid');
    return conv2d(
      tensor(values(24, 1), [1, 3, 4, 2]) as Tensor4D,
      reshape(filter, [2, 3, 2, 2]) as Tensor4D,
      1,
      'valid',
    );
  },
  shape: [1, 2, 2, 2],
  dtype: 'float32',
  expected: () =>
    convolve(
      { input: [1, 3, 4, 2], kernel: [2, 3], strides: [1, 1], pad: 'valid', filters: 2 },
      values(24, 1),
      values(24, 2),
    ),
  precision: 'arithmetic',
};

/** Filters of one shape, each disposed before the next is made, as in training. */
const renewed: KernelCase = {
  kernel: 'Conv2D',
  of: 'forward',
  name: 'a filter disposed and made anew',
  compute() {
    const x = tensor(values(60, 1), [1, 6, 5, 2]) as Tensor4D;
    return concat(
      [2, 3, 4].map((seed) => {
        const filter = tensor(values(36, seed), [3, 3, 2, 2]) as Tensor4D;
        const result = conv2d(x, filter, 1, 'same');
        filter.dispose();
        return result;
      }),
    );
  },
  shape: [3, 6, 5, 2],
  dtype: 'float32',
  expected: () =>
    [2, 3, 4].flatMap((seed) =>
      Array.from(
        convolve(
          { input: [1, 6, 5, 2], kernel: [3, 3], strides: [1, 1], pad: 'same', filters: 2 },
          values(60, 1),
          values(36, seed),
        ),
      ),
    ),
  precision: 'arithmetic',
};

/** The ops of tfjs-core that come down to convolutions, and filters that live on or die. */
export const convolutionOpCases: readonly KernelCase[] = [
  ...line('kernel 5, stride 2', { input: [2, 1, 13, 3], kernel: [1, 5], strides: [1, 2], pad: 'same', filters: 4 }),
  ...line('kernel 3, dilation 2', {
    input: [1, 1, 12, 2],
    kernel: [1, 3],
    strides: [1, 1],
    dilations: [1, 2],
    pad: 'same',
    filters: 3,
  }),
  ...transposed('4x4, stride 2', { input: [2, 8, 6, 3], kernel: [4, 4], strides: [2, 2], pad: 'same', filters: 5 }),
  ...transposed('3x3, valid', { input: [1, 7, 6, 2], kernel: [3, 3], strides: [1, 1], pad: 'valid', filters: 3 }),
  ...transposed('3x3, stride 2', { input: [1, 7, 9, 2], kernel: [3, 3], strides: [2, 2], pad: 'same', filters: 3 }),
  ...(['forward', 'x', 'depthwise', 'pointwise'] as const).map(separable),
  reshaped,
  renewed,
];
