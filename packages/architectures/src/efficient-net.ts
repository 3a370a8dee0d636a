import { integer, number, oneOf } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByOutputs } from './initial-weights';
import { activated, mbConv } from './mbconv';
import { network } from './network';
import type { NetworkOptions } from './network-options';
import { stridesOf, stridesRule } from './strides';

export interface EfficientNetOptions extends NetworkOptions {
  /** Times the channels of B0, then rounded to multiples of 8. Default 1. */
  width?: number;
  /** Times the blocks of each stage of B0, rounded up. Default 1. */
  depth?: number;
  /** Height and width of RGB images, unless `inputShape` says otherwise. Default 224. */
  resolution?: number;
  /** Before the last layer, in [0, 1). Default 0.2. */
  dropout?: number;
  /**
   * The probability that a residual block takes part in a training step, for the last block; it falls linearly from 1 at the
   * first. Default 0.8.
   */
  survival?: number;
  /** Of the first convolution and the first blocks of the seven stages. Default `21222121`. */
  strides?: string;
  /**
   * Where strides are 2: `symmetric`, as many zeros on every side, as PyTorch's ports have it; `same` as TensorFlow pads, which
   * the original's weights are for. Default `symmetric`.
   */
  padding?: 'symmetric' | 'same';
  /** Of normalisations. Default 1e-5; torchvision's B5 to B7 and the original have 1e-3. */
  epsilon?: number;
}

/** B0's stages of mobile inverted bottlenecks (paper's table 1). */
const stages = [
  { expand: 1, filters: 16, repeats: 1, kernelSize: 3 },
  { expand: 6, filters: 24, repeats: 2, kernelSize: 3 },
  { expand: 6, filters: 40, repeats: 2, kernelSize: 5 },
  { expand: 6, filters: 80, repeats: 3, kernelSize: 3 },
  { expand: 6, filters: 112, repeats: 3, kernelSize: 5 },
  { expand: 6, filters: 192, repeats: 4, kernelSize: 5 },
  { expand: 6, filters: 320, repeats: 1, kernelSize: 3 },
];

/** Channels to the nearest multiple of 8, 8 at least, and up where that would take more than a tenth away. */
function scaled(filters: number, width: number): number {
  const wanted = filters * width;
  const near = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return near < 0.9 * wanted ? near + 8 : near;
}

const rules = {
  width: number({ above: 0 }),
  depth: number({ above: 0 }),
  resolution: integer({ min: 8 }),
  dropout: number({ min: 0, below: 1 }),
  survival: number({ above: 0, max: 1 }),
  strides: stridesRule(8),
  padding: oneOf('symmetric', 'same'),
  epsilon: number({ above: 0 }),
};

/** What the published ones differ in. */
export type Scale = Required<Pick<EfficientNetOptions, 'width' | 'depth' | 'resolution' | 'dropout'>>;

const b0: Scale = { width: 1, depth: 1, resolution: 224, dropout: 0.2 };

/** {@link efficientNet} under another name, for its errors and its model, and with other defaults. */
export function efficientNetNamed(who: string, scale: Scale, options: EfficientNetOptions): LayersModel {
  const { width = scale.width, depth = scale.depth, dropout = scale.dropout, resolution = scale.resolution } = options;
  const { activation = 'silu', survival = 0.8, strides = '21222121' } = options;
  const padding = options.padding === 'same' ? 'same' : undefined;
  const plan = {
    inputShape: [resolution, resolution, 3] as const,
    classes: 1000,
    rules,
    epsilon: options.epsilon,
    initializers: { convolution: heNormal('last'), dense: uniformByOutputs },
  };
  return network(who, { ...options, activation }, plan, (images, kit) => {
    const [first, ...rest] = stridesOf(strides);
    const stem = { name: 'features.0', filters: scaled(32, width), kernelSize: 3, strides: first };
    let x = activated(images, kit, { ...stem, padding, stage: 0 });
    const repeated = stages.map(({ repeats }) => Math.ceil(repeats * depth));
    const blocks = repeated.reduce((total, repeats) => total + repeats);
    let before = 0;
    stages.forEach(({ expand, filters, kernelSize }, i) => {
      for (let place = 0; place < repeated[i]; place++) {
        const shape = { name: `features.${i + 1}.${place}`, stage: i + 1, filters: scaled(filters, width) };
        const drop = ((1 - survival) * before++) / blocks;
        x = mbConv(x, kit, { ...shape, expand, kernelSize, strides: place === 0 ? rest[i] : 1, padding, drop });
      }
    });
    x = activated(x, kit, { name: 'features.8', filters: scaled(1280, width), kernelSize: 1, stage: 8 });
    return kit.logits(kit.drop(kit.pool(x), 'classifier.0', dropout), 'classifier.1');
  });
}

/**
 * EfficientNet of any width, depth and resolution; the published ones are {@link efficientNetB0} to `B7` and `L1`.
 *
 * A 3 x 3 stem, seven stages of mobile inverted bottlenecks with squeeze and excitation, a 1 x 1 convolution to 1280 channels
 * times `width`, the mean over positions, dropout, a linear layer: 5,288,548 trainable parameters with the defaults. Every
 * site of the published SiLU takes `activation`; the gates' sigmoids stay. Layers are numbered as in torchvision
 * (`features.1.0.block.0.0`, `classifier.1`). Normalisation has momentum 0.1 and epsilon 1e-5 (as smooth adversarial training
 * has it; the original: 0.01 and 1e-3). Convolutions start from N(0, 2 / (height * width * out)) as in the original's code,
 * where `out` of a depthwise kernel is 1 (torchvision takes PyTorch's fan out, in which it is all channels: `initializer:
 * 'he-fan-out'`), the linear layer uniform in ±1 / sqrt(classes).
 *
 * Defaults: `inputShape` [224, 224, 3], `classes` 1000, `activation` silu; the rest as in {@link NetworkOptions}.
 *
 * M. Tan and Q. Le, EfficientNet (ICML 2019); C. Xie et al., Smooth adversarial training (2020).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = efficientNet({ width: 0.5, resolution: 32, classes: 10, strides: '11122121' });
 */
export function efficientNet(options: EfficientNetOptions = {}): LayersModel {
  return efficientNetNamed('efficientNet', b0, options);
}
