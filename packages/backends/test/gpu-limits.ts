import type { KernelFailure, KernelReport } from '../src/conformance/check-kernels';

/** Cases that a repaired GPU backend fails, and why it is left so; as docs/gpus.md has it. */
interface Limit {
  readonly says: string;
  /** All kernels by default. */
  readonly kernels?: readonly string[];
  /** Both by default. */
  readonly backend?: 'webgl' | 'webgpu';
  /** Of the case. */
  readonly name: RegExp;
}

const limits: readonly Limit[] = [
  { says: 'NaN and infinities may be lost', name: /NaN|infinit|rows of its own/i },
  { says: 'int32 is reckoned in float32', name: /int32/ },
  { says: 'indices outside are no error', name: /^outside: / },
  {
    says: 'the maximum of a window in the padding alone is -1e20, its mean 0',
    kernels: ['MaxPool', 'AvgPool'],
    name: /^padding (as wide as|wider than) the window$|: (7x6|6x8) by 2x3/,
  },
  {
    says: 'functions of large numbers are as good as the GPU has them',
    kernels: ['Sin', 'Cos', 'Tan', 'Sinh', 'Cosh', 'Asinh'],
    name: /^large$/,
  },
  {
    says: 'functions that are 0 at 0 lose what is tiny',
    kernels: ['Expm1', 'Log1p', 'Tanh', 'Erf', 'Sin', 'Cos', 'Tan', 'Sinh', 'Cosh', 'Asinh', 'Atanh', 'Elu', 'Selu'],
    name: /(^|, )tiny$/,
  },
  {
    says: 'functions that are 0 at 0 lose what is tiny',
    kernels: ['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul'],
    name: /^elu: tails$/,
  },
  {
    says: 'log1p is coarse near 0, and below -1 a number',
    kernels: ['Log1p'],
    name: /(^|, )(ordinary|tails|large)$/,
  },
  {
    says: 'softplus and Mish are good to a few percent between -17 and -10, and Mish is 0 below',
    kernels: ['Softplus'],
    name: /points of its own|^Mish|beta 5/,
  },
  {
    says: 'log(0), atanh(1) and 1 / 0 by pow are numbers',
    kernels: ['Log', 'Atanh', 'Pow'],
    name: /^(x\^-1, )?ordinary$/,
  },
  { says: '0 to the power of tiny numbers is 1', kernels: ['Pow'], name: /^pairs$/ },
  {
    says: 'padding and where of rank 5 and more are refused',
    kernels: ['PadV2', 'Pow', 'Slice'],
    name: /[[]\d,\d,\d,\d,\d/,
  },
  { says: 'strided slices with a new mask are refused', kernels: ['StridedSlice'], name: /masks/ },
  { says: 'fused products of nothing are refused', kernels: ['_FusedMatMul'], name: /nothing to sum/ },
  {
    says: 'tiny sums of depthwise convolutions are 0',
    backend: 'webgl',
    kernels: ['DepthwiseConv2dNative'],
    name: /1e-30/,
  },
  {
    says: 'some local responses have no gradient',
    backend: 'webgl',
    kernels: ['LRNGrad'],
    name: /^radius (0|3, beta 2)$/,
  },
  {
    says: 'updates of nothing and rows of nothing are refused',
    backend: 'webgpu',
    kernels: ['TensorScatterUpdate', 'TopK'],
    name: /\[\]|no rows/,
  },
  { says: 'linspace of one number is refused', backend: 'webgpu', kernels: ['LinSpace'], name: /^1 from/ },
  {
    says: 'space and batch of int32 and bool are refused',
    backend: 'webgpu',
    kernels: ['BatchToSpaceND'],
    name: /bool/,
  },
];

/** What is wrong in these reports beyond the limits. */
export function beyondLimits(reports: readonly KernelReport[], backend: 'webgl' | 'webgpu'): string[] {
  const known = (kernel: string, { name }: KernelFailure) =>
    limits.some(
      (limit) =>
        (limit.backend ?? backend) === backend && (limit.kernels ?? [kernel]).includes(kernel) && limit.name.test(name),
    );
  return reports.flatMap(({ kernel, failures }) =>
    failures
      .filter((each) => !known(kernel, each))
      .map(({ of, name, message }) => `${kernel}, ${of}, ${name}: ${message}`),
  );
}

/** Limits that no case of these reports meets: to be struck out. */
export function unmetLimits(reports: readonly KernelReport[], backend: 'webgl' | 'webgpu'): string[] {
  return limits
    .filter((limit) => (limit.backend ?? backend) === backend)
    .filter(
      ({ kernels, name }) =>
        !reports.some(
          (each) =>
            (kernels ?? [each.kernel]).includes(each.kernel) &&
            each.failures.some((failure) => name.test(failure.name)),
        ),
    )
    .map(({ says }) => says);
}
