import { byFilter, byInput, forward, type NamedConvolution } from './convolution-case';
import { convolutionOpCases } from './convolution-op-cases';
import { explicit } from './float64/windows';
import { fusedConvolutionCases } from './fused-convolution-cases';
import type { KernelCase } from './kernel-case';
import { roundedWindows } from './rounded-windows';

/** Batch, height, width, channels, filters: no multiples of 4 among them but 8 and 64. */
const images = [
  [2, 8, 8, 3, 8],
  [1, 9, 7, 1, 5],
  [1, 7, 10, 4, 17],
  [5, 7, 9, 8, 3],
  [2, 10, 7, 17, 4],
] as const;

const square: NamedConvolution[] = [1, 2, 3, 5, 7].flatMap((kernel, i) =>
  [1, 2, 3].flatMap((stride, j) =>
    (['same', 'valid'] as const).map((pad, k) => {
      const [n, height, width, channels, filters] = images[(i + 2 * j + k) % images.length];
      return {
        name: `${kernel}x${kernel}, stride ${stride}, ${pad}, ${n}x${height}x${width}x${channels} to ${filters}`,
        input: [n, height, width, channels],
        kernel: [kernel, kernel],
        strides: [stride, stride],
        pad,
        filters,
      };
    }),
  ),
);

const small = { input: [1, 6, 5, 2], kernel: [3, 3], strides: [1, 1], pad: 'same', filters: 3 } satisfies Omit<
  NamedConvolution,
  'name'
>;

const odd: NamedConvolution[] = [
  { ...small, name: '3x3, stride 2, padding 1', input: [2, 8, 8, 3], strides: [2, 2], pad: explicit(1, 1, 1, 1) },
  {
    ...small,
    name: '7x7, stride 2, padding 3',
    input: [1, 11, 11, 3],
    kernel: [7, 7],
    strides: [2, 2],
    pad: explicit(3, 3, 3, 3),
  },
  { ...small, name: '4x4, stride 2, padding 1', kernel: [4, 4], strides: [2, 2], pad: explicit(1, 1, 1, 1) },
  { ...small, name: 'uneven padding', pad: explicit(2, 0, 0, 1) },
  { ...small, name: 'padding as large as the kernel', kernel: [2, 2], pad: explicit(2, 2, 2, 2) },
  { ...small, name: '1x1 with padding', kernel: [1, 1], pad: explicit(1, 2, 1, 0) },
  { ...small, name: '1x1, stride 2, with padding', kernel: [1, 1], strides: [2, 2], pad: explicit(1, 1, 1, 1) },
  { ...small, name: 'pixels between windows', input: [1, 8, 8, 2], kernel: [2, 2], strides: [3, 3], pad: 'valid' },
  { ...small, name: 'a rest that no window reaches', input: [2, 8, 10, 3], strides: [3, 3], pad: 'valid' },
  {
    ...small,
    name: '2x2, stride 3, padded along one axis alone',
    input: [1, 6, 10, 3],
    kernel: [2, 2],
    strides: [3, 3],
  },
  { ...small, name: '3x3, stride 4, padded along one axis alone', input: [2, 8, 10, 3], strides: [4, 4] },
  { ...small, name: 'oblong kernel 3x2, strides 1 and 2', kernel: [3, 2], strides: [1, 2] },
  { ...small, name: 'oblong kernel 1x7', input: [1, 5, 9, 4], kernel: [1, 7] },
  { ...small, name: 'oblong kernel 7x1, valid', input: [1, 9, 5, 4], kernel: [7, 1], pad: 'valid' },
  { ...small, name: 'strides 3 and 1', input: [1, 10, 7, 2], strides: [3, 1] },
  {
    ...small,
    name: 'strides 2 and 3, 5x3, valid',
    input: [1, 11, 9, 2],
    kernel: [5, 3],
    strides: [2, 3],
    pad: 'valid',
  },
  { ...small, name: 'kernel as large as the image', input: [3, 4, 5, 2], kernel: [4, 5], pad: 'valid', filters: 5 },
  { ...small, name: 'one pixel', input: [4, 1, 1, 3] },
  { ...small, name: 'one channel', input: [2, 5, 5, 1], filters: 1 },
  { ...small, name: '64 channels', input: [1, 5, 5, 64], filters: 64 },
  { ...small, name: '512 channels', input: [1, 4, 4, 512], filters: 4 },
  { ...small, name: '512 filters', input: [1, 4, 4, 4], filters: 512 },
  { ...small, name: 'a thousand pixels', input: [2, 24, 23, 1], filters: 2 },
  { ...small, name: 'no images', input: [0, 6, 5, 2] },
  { ...small, name: 'no images, stride 2, valid', input: [0, 6, 5, 2], strides: [2, 2], pad: 'valid' },
  { ...small, name: 'magnitude 1e4', scale: 1e4 },
  { ...small, name: 'magnitude 1e-8', scale: 1e-8 },
  { ...small, name: 'magnitude 1e-30', scale: 1e-30 },
  { ...small, name: 'NaN in one pixel', input: [3, 6, 5, 2], special: Number.NaN },
  { ...small, name: 'NaN in one pixel, stride 2', input: [3, 6, 5, 2], strides: [2, 2], special: Number.NaN },
  { ...small, name: 'Infinity in one pixel', input: [3, 6, 5, 2], special: Number.POSITIVE_INFINITY },
  { ...small, name: '-Infinity in one pixel, valid', pad: 'valid', special: Number.NEGATIVE_INFINITY },
];

const dilated: NamedConvolution[] = [
  { ...small, name: 'dilation 2', input: [2, 8, 7, 3], dilations: [2, 2] },
  { ...small, name: 'dilation 2, valid', input: [2, 8, 7, 3], dilations: [2, 2], pad: 'valid' },
  { ...small, name: 'dilation 3', input: [1, 9, 10, 4], dilations: [3, 3] },
  { ...small, name: 'dilation 3, valid', input: [1, 9, 10, 4], dilations: [3, 3], pad: 'valid' },
  { ...small, name: 'dilation 2, padding 2', input: [1, 7, 8, 2], dilations: [2, 2], pad: explicit(2, 2, 2, 2) },
  { ...small, name: 'dilation 2, uneven padding', input: [1, 7, 8, 2], dilations: [2, 2], pad: explicit(3, 1, 0, 2) },
  { ...small, name: 'dilations 1 and 3', input: [1, 6, 9, 2], dilations: [1, 3] },
  { ...small, name: 'dilation 2, 2x2', input: [1, 6, 7, 5], kernel: [2, 2], dilations: [2, 2] },
  { ...small, name: 'dilation 2, 5x3', input: [1, 10, 8, 2], kernel: [5, 3], dilations: [2, 2] },
  { ...small, name: 'dilation 2, no images', input: [0, 7, 8, 2], dilations: [2, 2] },
];

const rounded: NamedConvolution[] = roundedWindows.map((each) => ({ ...small, ...each }));

/** Convolutions, their gradients and the ops that come down to them. */
export const convolutionCases: readonly KernelCase[] = [
  ...[...square, ...odd, ...rounded, ...dilated].flatMap((each) => [forward(each), byInput(each), byFilter(each)]),
  ...fusedConvolutionCases,
  ...convolutionOpCases,
];
