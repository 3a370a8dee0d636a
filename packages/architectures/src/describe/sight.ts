import type { LayerUse } from '@agoge/core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';

/** Positions along one axis of a map, both ends among them. */
export type Range = readonly [first: number, last: number];

/** What a layer's output sees of its input, along one axis. */
export interface Sight {
  /** From positions of the output to those of the input that they are made of; these may lie in the padding. */
  see(range: Range): Range;
  /** How many outputs there are for a position of the input, where there are more than one. Default 1. */
  finer?: number;
}

type Config = Record<string, unknown>;
/** Of one axis (0 rows, 1 columns) of `length` positions, where it is known. */
type SightAlong = (config: Config, axis: 0 | 1, length: number | null) => Sight;

/** tfjs gives one number for both axes, or a pair. */
const along = (value: unknown, axis: 0 | 1): number => Number(Array.isArray(value) ? value[axis] : (value ?? 1));
/** `[[top, bottom], [left, right]]`. */
const before = (value: unknown, axis: 0 | 1): number => (value as [number, number][])[axis][0];

/** Windows of `size` positions, `strides` apart. */
const sliding =
  (sizeName: string): SightAlong =>
  (config, axis, length) => {
    const stride = along(config.strides, axis);
    const reach = (along(config[sizeName], axis) - 1) * along(config.dilationRate, axis);
    const padding = paddingBefore(config.padding, reach, stride, length);
    return { see: ([first, last]) => [first * stride - padding, last * stride - padding + reach] };
  };

/** TensorFlow's `same` pads so much that there are length / stride outputs, the odd position behind. */
function paddingBefore(padding: unknown, reach: number, stride: number, length: number | null): number {
  if (typeof padding === 'number') return padding;
  if (padding !== 'same') return 0;
  const uncovered = length === null ? stride : length - (Math.ceil(length / stride) - 1) * stride;
  return Math.floor(Math.max(reach + 1 - uncovered, 0) / 2);
}

/** A window of outputs for each input: the other way round. */
const spreading: SightAlong = (config, axis) => {
  const stride = along(config.strides, axis);
  const reach = along(config.kernelSize, axis) - 1;
  const padding = config.padding === 'same' ? Math.floor(Math.max(reach + 1 - stride, 0) / 2) : 0;
  const see = ([first, last]: Range): Range => [
    Math.ceil((first + padding - reach) / stride),
    Math.floor((last + padding) / stride),
  ];
  return { see, finer: stride };
};

/** Of an image made larger; `centre`: of the first pixel, in pixels of the larger one. */
const enlarging =
  (factorName: string, modeName: string, centre: number): SightAlong =>
  (config, axis) => {
    const factor = along(config[factorName], axis);
    const nearest = config[modeName] === 'nearest';
    const place = (at: number) => (nearest ? Math.floor(at / factor) : (at + centre) / factor - centre);
    return { see: ([first, last]) => [Math.floor(place(first)), Math.ceil(place(last))], finer: factor };
  };

const shifting =
  (name: string, sign: 1 | -1): SightAlong =>
  (config, axis) => {
    const shift = sign * before(config[name], axis);
    return { see: ([first, last]) => [first + shift, last + shift] };
  };

const byKind: Record<string, SightAlong> = {
  Conv2D: sliding('kernelSize'),
  DepthwiseConv2D: sliding('kernelSize'),
  SeparableConv2D: sliding('kernelSize'),
  AgogeGroupedConv2D: sliding('kernelSize'),
  MaxPooling2D: sliding('poolSize'),
  AveragePooling2D: sliding('poolSize'),
  AgogeMaxPooling2D: sliding('size'),
  Conv2DTranspose: spreading,
  UpSampling2D: enlarging('size', 'interpolation', 0),
  AgogeUpsampling2D: enlarging('factor', 'mode', 0.5),
  ZeroPadding2D: shifting('padding', -1),
  Cropping2D: shifting('cropping', 1),
};

const mixing = new Set(['Reshape', 'Permute']);

const isMap = (shape: Shape) => shape.length === 4;

/**
 * What a use of a layer sees of one of its inputs along rows and columns; undefined where each output may be made of all of it:
 * global pooling, what gives no map, a gate for all positions, and layers unknown here that change the size of the map.
 *
 * A layer unknown here that keeps the size works position by position, or slides its kernels (its weights
 * `[height, width, in, out]`) over the map one after another.
 */
export function sightsOf({ layer, shape }: LayerUse, from: Shape): readonly [Sight, Sight] | undefined {
  if (!isMap(shape) || !isMap(from)) return undefined;
  const kind = layer.getClassName();
  const config: Config = layer.getConfig();
  const [rows, columns] = config.dataFormat === 'channelsFirst' ? [2, 3] : [1, 2];
  if (Object.hasOwn(byKind, kind)) {
    return [byKind[kind](config, 0, from[rows]), byKind[kind](config, 1, from[columns])];
  }
  const keeps = (axis: number) => from[axis] === shape[axis];
  if (mixing.has(kind) || !keeps(rows) || !keeps(columns)) return undefined;
  return [positionwise(layer, 0), positionwise(layer, 1)];
}

function positionwise({ weights }: layers.Layer, axis: 0 | 1): Sight {
  const kernels = weights.filter((weight) => weight.shape.length === 4);
  const reach = kernels.reduce((total, kernel) => total + Math.floor((Number(kernel.shape[axis]) - 1) / 2), 0);
  return { see: ([first, last]) => [first - reach, last + reach] };
}
