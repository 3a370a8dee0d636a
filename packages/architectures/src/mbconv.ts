import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BlockShape, Kit } from './network';
import { squeezeExcite } from './squeeze-excite';

export interface MbConv {
  name: string;
  stage: number;
  filters: number;
  /** How many times as many channels there are within. */
  expand: number;
  kernelSize: number;
  strides: number;
  /** As {@link BlockShape}'s. */
  padding?: BlockShape['padding'];
  /** The probability that the block is left out in a training step. */
  drop: number;
}

/** Convolution, normalisation and activation, numbered 0 to 2 as in torchvision. */
export function activated(
  x: SymbolicTensor,
  kit: Kit,
  { name, stage, ...shape }: Omit<BlockShape, 'normalization'> & { stage: number },
): SymbolicTensor {
  const y = kit.block(x, { ...shape, name: `${name}.0`, normalization: `${name}.1` });
  return kit.activate(y, `${name}.2`, stage);
}

/**
 * A mobile inverted bottleneck: to `expand` times the channels (unless that is 1), a depthwise convolution, squeeze and
 * excitation to a quarter of the block's own channels, back to `filters`; added to what came in where both are of one shape.
 *
 * M. Sandler et al., MobileNetV2 (CVPR 2018); with squeeze and excitation: M. Tan et al., MnasNet (CVPR 2019).
 */
export function mbConv(x: SymbolicTensor, kit: Kit, shape: MbConv): SymbolicTensor {
  const { name, stage, filters, expand, kernelSize, strides, padding, drop } = shape;
  const channels = Number(x.shape[3]);
  const inner = channels * expand;
  let modules = 0;
  const next = () => `${name}.block.${modules++}`;
  let y = expand === 1 ? x : activated(x, kit, { name: next(), stage, filters: inner, kernelSize: 1 });
  y = activated(y, kit, { name: next(), stage, filters: inner, groups: inner, kernelSize, strides, padding });
  y = squeezeExcite(y, kit, { name: next(), stage, channels: Math.max(1, Math.floor(channels / 4)) });
  const last = next();
  y = kit.block(y, { name: `${last}.0`, normalization: `${last}.1`, filters, kernelSize: 1 });
  if (strides > 1 || channels !== filters) return y;
  return kit.add(`${name}.add`, kit.drop(y, `${name}.stochastic_depth`, drop, 'example'), x);
}
