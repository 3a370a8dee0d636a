import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  Add,
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  DepthwiseConv2dNative,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { type Activation, activated } from './activation';
import { numbered } from './borders';
import { compose } from './composition';
import { keepingNaN } from './keeping-nan';
import { shape4d } from './pooling-windows';

type Images = Record<'x' | 'filter', TensorInfo>;
type Fused = Images & Partial<Record<'bias' | 'preluActivationWeights', TensorInfo>>;

/**
 * Convolutions with the padding in numbers: asked for `same` by name, the stock kernels write no result where one axis alone
 * is padded, and where a rounding mode makes one window more, they take the others for those of fewer. A convolution that only scales each channel makes -Infinity of NaN.
 */
const convolution = (kernel: string): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults: ['unwritten-if-one-axis-is-padded', 'rounded-up-misread', 'nan-lost'],
  replace: (stock) =>
    kernelFunction((inputs: Images, attributes: Conv2DAttrs, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const { attrs, channelwise, scaling } = geometryOf(kernel, inputs, attributes);
        const convolve = (x: TensorInfo) => stock?.({ inputs: { ...inputs, x }, attrs, backend }) as TensorInfo;
        return channelwise && scaling ? keepingNaN(composer, backend, inputs.x, convolve) : convolve(inputs.x);
      }),
    ),
});

/**
 * The same with bias and activation. Channel by channel the stock kernels lose NaN in a clamp to the activation's range: those
 * are a convolution, a sum and an activation.
 */
const fusedConvolution = (kernel: string, plain: string): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults: ['unwritten-if-one-axis-is-padded', 'rounded-up-misread', 'nan-lost'],
  replace: (stock) =>
    kernelFunction((inputs: Fused, attributes: Conv2DAttrs & Activation, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const { x, filter, bias, preluActivationWeights } = inputs;
        const { attrs, channelwise } = geometryOf(plain, inputs, attributes);
        if (!channelwise) return stock?.({ inputs: { ...inputs }, attrs, backend }) as TensorInfo;
        const y = composer.run(plain, { x, filter }, attrs);
        const sum = bias ? composer.run(Add, { a: y, b: bias }) : y;
        return activated(composer, sum, attributes, preluActivationWeights);
      }),
    ),
});

function geometryOf(kernel: string, { x, filter }: Images, attributes: Conv2DAttrs) {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attributes;
  const depthwise = kernel === DepthwiseConv2dNative;
  const geometry = backend_util.computeConv2DInfo(
    shape4d(x),
    shape4d(filter),
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    depthwise ? 'channelsLast' : backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { inChannels, outChannels, filterHeight, filterWidth } = geometry;
  const attrs = { ...attributes, pad: numbered(geometry), dimRoundingMode: 'floor' } as unknown as NamedAttrMap;
  const channelwise = depthwise || (inChannels === 1 && outChannels === 1);
  return { attrs, channelwise, scaling: filterHeight * filterWidth === 1 };
}

export const conv2d = convolution(Conv2D);
export const depthwiseConv2d = convolution(DepthwiseConv2dNative);
export const fusedConv2d = fusedConvolution(FusedConv2D, Conv2D);
export const fusedDepthwiseConv2d = fusedConvolution(FusedDepthwiseConv2D, DepthwiseConv2dNative);
