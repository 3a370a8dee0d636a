import {
  AvgPool,
  backend_util,
  type Conv2DAttrs,
  type GradFunc,
  MaxPool,
  type MaxPoolAttrs,
  type NamedAttrMap,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';
import { numbered } from './borders';

type Geometry = (saved: readonly Tensor4D[], attributes: NamedAttrMap) => backend_util.Conv2DInfo;

/**
 * The gradient of windows whose number a `dimRoundingMode` rounded up, which tfjs forgets: it is that of windows whose padding
 * in numbers holds them all.
 */
export const heedingRounding =
  (stock: GradFunc, geometryOf: Geometry): GradFunc =>
  (dy, saved, attributes) => {
    if (!attributes.dimRoundingMode || attributes.dimRoundingMode === 'floor') return stock(dy, saved, attributes);
    const pad = numbered(geometryOf(saved as Tensor4D[], attributes));
    return stock(dy, saved, { ...attributes, pad, dimRoundingMode: 'floor' });
  };

const pooling: Geometry = ([{ shape }], attributes) => {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as MaxPoolAttrs;
  return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
};

/** Of a convolution, full or depthwise. */
export const convolutionGeometry =
  (depthwise: boolean): Geometry =>
  ([{ shape }, filter], attributes) => {
    const { strides, dilations, pad, dimRoundingMode, dataFormat } = attributes as unknown as Conv2DAttrs;
    const order = depthwise ? 'channelsLast' : backend_util.convertConv2DDataFormat(dataFormat);
    return backend_util.computeConv2DInfo(
      shape,
      filter.shape,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
      order,
    );
  };

const poolingGradient = (kernel: string): GradientRepair => ({
  kernel,
  faults: ['rounding-forgotten'],
  replace: (stock) => heedingRounding(stock, pooling),
});

export const poolingGradients: readonly GradientRepair[] = [poolingGradient(AvgPool), poolingGradient(MaxPool)];
