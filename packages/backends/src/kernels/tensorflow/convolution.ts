import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  FusedConv2D,
  FusedDepthwiseConv2D,
  pad,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { borders, cut, grown } from '../borders';
import { coarse, eluApart } from './exponential';
import { type Call, onTensorflow } from './on-tensorflow';

const byNumber = 'no-padding-by-number';

/** Padding by one number, which tfjs-node refuses, as by four, which it takes; of no images TensorFlow forgets the channels. */
const forward = (kernel: string, ...faults: string[]) =>
  onTensorflow(kernel, [byNumber, ...faults], (call, stock) => {
    const geometry = geometryOf(kernel, call);
    if (geometry.batchSize === 0) return zeros(geometry.outShape);
    const around = borders(geometry);
    if (!around) return eluApart(call, stock);
    return eluApart({ ...call, attrs: { ...call.attrs, pad: around, dimRoundingMode: 'floor' } }, stock);
  });

/**
 * Gradients of a convolution that is padded by numbers, which tfjs-node refuses: those of the convolution, without padding,
 * of the padded image; of the input's gradient the padding is cut off.
 */
const gradient = (kernel: string) =>
  onTensorflow(kernel, [byNumber], (call, stock) => {
    const around = borders(geometryOf(kernel, call));
    if (!around) return stock(call);
    const attrs = { ...call.attrs, pad: 'valid' };
    if (call.inputs.x) return stock({ inputs: { ...call.inputs, x: pad(call.inputs.x, around) }, attrs });
    const inputShape = call.attrs.inputShape as number[];
    const padded = stock({ ...call, attrs: { ...attrs, inputShape: grown(inputShape, around) } });
    return cut(padded as Tensor4D, around, inputShape);
  });

function geometryOf(kernel: string, { inputs, attrs }: Call): backend_util.Conv2DInfo {
  const attributes = attrs as unknown as Conv2DAttrs & Conv2DBackpropInputAttrs & Conv2DBackpropFilterAttrs;
  return backend_util.computeConv2DInfo(
    (inputs.x as Tensor4D | undefined)?.shape ?? attributes.inputShape,
    (inputs.filter as Tensor4D | undefined)?.shape ?? attributes.filterShape,
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    kernel.includes('Depthwise'),
    attributes.dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  );
}

export const convolutions: readonly KernelRepair[] = [
  forward(Conv2D, 'channels-of-no-images'),
  forward(FusedConv2D, 'channels-of-no-images', coarse),
  forward(DepthwiseConv2dNative),
  forward(FusedDepthwiseConv2D, coarse),
  gradient(Conv2DBackpropFilter),
  gradient(Conv2DBackpropInput),
  gradient(DepthwiseConv2dNativeBackpropFilter),
  gradient(DepthwiseConv2dNativeBackpropInput),
];
