import {
  Add,
  AvgPoolGrad,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  FusedBatchNorm,
  MaxPool,
  MaxPoolGrad,
  Relu,
  Sigmoid,
} from '@tensorflow/tfjs-core';

/** A kernel at a size that training and attacks of CIFAR-sized networks meet. */
export interface Workload {
  readonly kernel: string;
  /** `3x3, 64 to 64 channels, 32x32`: the batch left out. */
  readonly what: string;
  /** `GFLOPS` counts two operations for a product and its sum; `GB/s` each input as read once, the result as written once. */
  readonly unit: 'GFLOPS' | 'GB/s';
  call(batch: number): WorkloadCall;
}

/** What one call of a kernel is given. */
export interface WorkloadCall {
  /** The inputs' shapes; what they hold is drawn from [-1, 1). */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Operations or bytes. */
  readonly work: number;
}
type Shape = readonly number[];

const sizeOf = (shape: Shape) => shape.reduce((a, b) => a * b, 1);

/** Forward, gradient in the images, gradient in the filters: as many products in each. */
function convolution(kernel: number, stride: number, outChannels: number): Workload[] {
  const [size, channels] = [32, 64];
  const stride2 = stride > 1 ? `/${stride}` : '';
  const shared = {
    what: `${kernel}x${kernel}${stride2}, ${channels} to ${outChannels} channels, ${size}x${size}`,
    unit: 'GFLOPS',
  } as const;
  const filter = [kernel, kernel, channels, outChannels];
  const attributes = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const x = (batch: number) => [batch, size, size, channels];
  const dy = (batch: number) => [batch, size / stride, size / stride, outChannels];
  const work = (batch: number) => (2 * sizeOf(filter) * sizeOf(dy(batch))) / outChannels;
  return [
    {
      ...shared,
      kernel: Conv2D,
      call: (n) => ({ inputs: { x: x(n), filter }, attributes, work: work(n) }),
    },
    {
      ...shared,
      kernel: Conv2DBackpropInput,
      call: (n) => ({ inputs: { dy: dy(n), filter }, attributes: { ...attributes, inputShape: x(n) }, work: work(n) }),
    },
    {
      ...shared,
      kernel: Conv2DBackpropFilter,
      call: (n) => ({
        inputs: { x: x(n), dy: dy(n) },
        attributes: { ...attributes, filterShape: filter },
        work: work(n),
      }),
    },
  ];
}

const images = (batch: number) => [batch, 32, 32, 64];
const halved = (batch: number) => [batch, 16, 16, 64];

function depthwise(): Workload[] {
  const shared = { what: '3x3, 64 channels, 32x32', unit: 'GFLOPS' } as const;
  const filter = [3, 3, 64, 1];
  const attributes = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const work = (batch: number) => 2 * 9 * sizeOf(images(batch));
  return [
    {
      ...shared,
      kernel: DepthwiseConv2dNative,
      call: (n) => ({ inputs: { x: images(n), filter }, attributes, work: work(n) }),
    },
    {
      ...shared,
      kernel: DepthwiseConv2dNativeBackpropInput,
      call: (n) => ({
        inputs: { dy: images(n), filter },
        attributes: { ...attributes, inputShape: images(n) },
        work: work(n),
      }),
    },
    {
      ...shared,
      kernel: DepthwiseConv2dNativeBackpropFilter,
      call: (n) => ({
        inputs: { x: images(n), dy: images(n) },
        attributes: { ...attributes, filterShape: filter },
        work: work(n),
      }),
    },
  ];
}

/** `[32 batch, 512] x [512, 512]`. */
const product = (what: string, transposeA: boolean, transposeB: boolean): Workload => ({
  kernel: BatchMatMul,
  what: `512 x 512 x 512${what}`,
  unit: 'GFLOPS',
  call(batch) {
    const rows = 32 * batch;
    return {
      inputs: { a: transposeA ? [1, 512, rows] : [1, rows, 512], b: [1, 512, 512] },
      attributes: { transposeA, transposeB },
      work: 2 * rows * 512 ** 2,
    };
  },
});

const products: Workload = {
  kernel: BatchMatMul,
  what: '128 x 128 x 128, one for each of the batch',
  unit: 'GFLOPS',
  call: (n) => ({
    inputs: { a: [n, 128, 128], b: [n, 128, 128] },
    attributes: { transposeA: false, transposeB: false },
    work: 2 * n * 128 ** 3,
  }),
};

/** A kernel whose work is to move numbers. */
function moving(
  kernel: string,
  inputs: (batch: number) => Record<string, Shape>,
  { attributes = {}, what = '', result = images }: Partial<Moving> = {},
): Workload {
  const work = (n: number) => 4 * [...Object.values(inputs(n)), result(n)].map(sizeOf).reduce((a, b) => a + b);
  return {
    kernel,
    what: `${what}64 channels, 32x32`,
    unit: 'GB/s',
    call: (n) => ({ inputs: inputs(n), attributes, work: work(n) }),
  };
}
interface Moving {
  attributes: Record<string, unknown>;
  what: string;
  result(batch: number): Shape;
}

const pooling = { attributes: { filterSize: [2, 2], strides: [2, 2], pad: 'valid' }, what: '2x2/2, ' };

/** What is measured; each with a batch of its own size. */
export const workloads: readonly Workload[] = [
  ...convolution(3, 1, 64),
  ...convolution(3, 2, 128),
  ...convolution(1, 1, 64).slice(0, 1),
  ...depthwise(),
  product('', false, false),
  product(', a transposed', true, false),
  product(', b transposed', false, true),
  products,
  moving(MaxPool, (n) => ({ x: images(n) }), { ...pooling, result: halved }),
  moving(MaxPoolGrad, (n) => ({ dy: halved(n), input: images(n), output: halved(n) }), pooling),
  moving(AvgPoolGrad, (n) => ({ dy: halved(n), input: images(n) }), pooling),
  moving(FusedBatchNorm, (n) => ({ x: images(n), mean: [64], variance: [64], offset: [64], scale: [64] }), {
    // What stands for variances lies in [-1, 1).
    attributes: { varianceEpsilon: 2 },
  }),
  moving(Add, (n) => ({ a: images(n), b: images(n) })),
  moving(Relu, (n) => ({ x: images(n) })),
  moving(Sigmoid, (n) => ({ x: images(n) })),
];
