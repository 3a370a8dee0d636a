import { boolean, integer, oneOf, refusal, said } from '@agoge/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { gaussian, heNormal, uniformByInputs } from './initial-weights';
import { type Kit, network } from './network';
import type { NetworkOptions } from './network-options';
import { type BranchShape, blockStrides, residualBranch } from './residual-branch';
import { stridesRule } from './strides';

export interface ResnetOptions extends NetworkOptions {
  /**
   * `cifar`: 3 x 3 of stride 1, for small images. `imagenet`: 7 x 7 of stride 2, then the largest of 3 x 3 every 2 pixels.
   * Default: what the network is known for, `cifar` for ResNet-18 and 34, else `imagenet`.
   */
  stem?: 'cifar' | 'imagenet';
  /** Of the first block of each stage, a digit each. Default `1222`; RCM (Xu and Yang 2022) shrinks them to `1122`. */
  strides?: string;
  /**
   * Whether blocks start as the identity, the scale of their last normalisation 0. Default: with the ImageNet stem, as in
   * SAT's code; not with CIFAR's, as in PAF's.
   */
  zeroInit?: boolean;
}

export interface BottleneckResnetOptions extends ResnetOptions {
  /** Of each block's 3 x 3 convolution. Default 1; of {@link resnext50} 32. */
  groups?: number;
  /** Channels of a group in the first stage at `width` 64. Default 64; of {@link resnext50} 4. */
  widthPerGroup?: number;
}

/** What tells the networks of the family. */
interface Family {
  /** Blocks of each stage. */
  depths: readonly number[];
  bottleneck: boolean;
  /** Default of the option. */
  stem: 'cifar' | 'imagenet';
}

/** What comes with a stem: the names and last layer of the code that such networks are known from. */
const habits = {
  cifar: { inputShape: [32, 32, 3], classes: 10, shortcut: 'shortcut', head: 'linear', dense: uniformByInputs },
  imagenet: { inputShape: [224, 224, 3], classes: 1000, shortcut: 'downsample', head: 'fc', dense: gaussian(0.01) },
} as const;

function resnet(who: string, options: BottleneckResnetOptions, { depths, bottleneck, ...family }: Family): LayersModel {
  const { stem = family.stem, strides = '1222', zeroInit = stem === 'imagenet' } = options;
  const { width = 64, groups = 1, widthPerGroup = 64 } = options;
  const { shortcut, head, dense, ...shape } = habits[stem] ?? habits.cifar;
  const positive = integer({ min: 1 });
  const plan = {
    ...shape,
    rules: {
      stem: oneOf('cifar', 'imagenet'),
      strides: stridesRule(4),
      zeroInit: boolean,
      ...(bottleneck && { groups: positive, widthPerGroup: positive }),
    },
    initializers: { convolution: heNormal('out'), dense },
  };

  return network(who, options, plan, (images, kit) => {
    const first = stem === 'cifar' ? { kernelSize: 3 } : { kernelSize: 7, strides: 2 };
    let x = kit.block(images, { name: 'conv1', filters: width, ...first, normalization: 'bn1' });
    x = kit.activate(x, 'act1', 0);
    if (stem === 'imagenet') x = kit.maxPool(x, { name: 'maxpool', size: 3, strides: 2, padding: 1 });
    blockStrides(strides, depths).forEach((stage, i) => {
      const filters = width * 2 ** i;
      const inner = Math.floor((filters * widthPerGroup) / 64) * groups;
      if (inner === 0) {
        const wanted = `an integer >= 64 / width = ${Math.ceil(64 / width)}`;
        throw said(new RangeError(refusal(who, 'widthPerGroup', wanted, widthPerGroup)));
      }
      stage.forEach((stride, place) => {
        const branch = { bottleneck, filters, strides: stride, inner, groups };
        x = block(x, kit, { ...branch, name: `layer${i + 1}.${place}`, stage: i + 1, shortcut, zeroInit });
      });
    });
    return kit.logits(kit.pool(x), head);
  });
}

interface BlockShape extends BranchShape {
  name: string;
  stage: number;
  shortcut: string;
  zeroInit: boolean;
}

/** Convolutions, normalised and activated, added to what they came from before the last activation. */
function block(x: SymbolicTensor, kit: Kit, { name, stage, shortcut, zeroInit, ...shape }: BlockShape) {
  const convolutions = residualBranch(shape);
  const count = convolutions.length;
  let residual = x;
  convolutions.forEach((convolution, i) => {
    const scale = zeroInit && i === count - 1 ? 0 : 1;
    const names = { name: `${name}.conv${i + 1}`, normalization: `${name}.bn${i + 1}` };
    residual = kit.block(residual, { ...convolution, ...names, scale });
    if (i < count - 1) residual = kit.activate(residual, `${name}.act${i + 1}`, stage);
  });
  const filters = Number(residual.shape[3]);
  const names = { name: `${name}.${shortcut}.0`, normalization: `${name}.${shortcut}.1` };
  const fits = shape.strides === 1 && x.shape[3] === filters;
  const straight = fits ? x : kit.block(x, { ...names, filters, kernelSize: 1, strides: shape.strides });
  return kit.activate(kit.add(`${name}.add`, residual, straight), `${name}.act${count}`, stage);
}

/**
 * ResNet-18: a stem, four stages of two basic blocks of `width` times 1, 2, 4 and 8 channels, the mean over positions, a
 * linear layer.
 *
 * With CIFAR's stem, the default, images of 32 x 32 x 3 in 10 classes, 11,173,962 parameters, layers named as in the PyTorch
 * code that CIFAR's literature shares (`layer2.0.shortcut.0`, `linear`) and the last layer uniform as PyTorch starts it. With
 * ImageNet's, 224 x 224 x 3 in 1000 classes, 11,689,512 parameters, torchvision's names (`layer2.0.downsample.0`, `fc`) and
 * the last layer from N(0, 0.01²), as in SAT's code. Padding is PyTorch's; convolutions have no bias and start He-normal (fan out),
 * normalisation is {@link BatchNormalization}.
 *
 * 17 activation sites: `act1` after the stem's normalisation; in each block `.act1` after the first normalisation and `.act2`
 * after the residual is added, as `layer1.0.act1`; none after the mean.
 *
 * Defaults: `width` 64, the rest as in {@link ResnetOptions} and {@link NetworkOptions}.
 *
 * K. He et al., Deep residual learning for image recognition (CVPR 2016); sites as in the code of S. Dai et al.,
 * Parameterizing activation functions for adversarial robustness (2021).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = resnet18({ activation: new PSSiLU(), seed: 1 }); // of @agoge/activations
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function resnet18(options: ResnetOptions = {}): LayersModel {
  return resnet('resnet18', options, { depths: [2, 2, 2, 2], bottleneck: false, stem: 'cifar' });
}

/**
 * ResNet-34: as {@link resnet18} with stages of 3, 4, 6 and 3 blocks, 33 activation sites. 21,282,122 parameters with CIFAR's
 * stem, 21,797,672 with ImageNet's.
 */
export function resnet34(options: ResnetOptions = {}): LayersModel {
  return resnet('resnet34', options, { depths: [3, 4, 6, 3], bottleneck: false, stem: 'cifar' });
}

/**
 * ResNet-50, v1.5: as {@link resnet18} with stages of 3, 4, 6 and 3 bottleneck blocks, which are convolutions 1 x 1, 3 x 3 (that
 * has the stride) and 1 x 1, the last of `width` times 4, 8, 16 and 32 channels; in each block a third site, `.act3`, after the
 * residual is added. ImageNet's stem is the default: 25,557,032 parameters; 23,520,842 with CIFAR's.
 *
 * `groups` and `widthPerGroup` make its 3 x 3 convolutions grouped, as in {@link resnext50}, or wider.
 *
 * Its use in adversarial training: C. Xie et al., Smooth adversarial training (2020).
 */
export function resnet50(options: BottleneckResnetOptions = {}): LayersModel {
  return resnet('resnet50', options, { depths: [3, 4, 6, 3], bottleneck: true, stem: 'imagenet' });
}

/** ResNet-101: as {@link resnet50} with stages of 3, 4, 23 and 3 blocks. 44,549,160 parameters; 42,512,970 with CIFAR's stem. */
export function resnet101(options: BottleneckResnetOptions = {}): LayersModel {
  return resnet('resnet101', options, { depths: [3, 4, 23, 3], bottleneck: true, stem: 'imagenet' });
}

/** ResNet-152: as {@link resnet50} with stages of 3, 8, 36 and 3 blocks. 60,192,808 parameters; 58,156,618 with CIFAR's stem. */
export function resnet152(options: BottleneckResnetOptions = {}): LayersModel {
  return resnet('resnet152', options, { depths: [3, 8, 36, 3], bottleneck: true, stem: 'imagenet' });
}

/**
 * ResNeXt-50 32x4d: {@link resnet50} whose 3 x 3 convolutions are of 32 groups of 4 channels in the first stage, by
 * {@link GroupedConv2D}. 25,028,904 parameters. `widthPerGroup: 8` makes it the 32x8d of SAT.
 *
 * S. Xie et al., Aggregated residual transformations for deep neural networks (CVPR 2017).
 */
export function resnext50({ groups = 32, widthPerGroup = 4, ...options }: BottleneckResnetOptions = {}): LayersModel {
  const shape = { depths: [3, 4, 6, 3], bottleneck: true, stem: 'imagenet' } as const;
  return resnet('resnext50', { groups, widthPerGroup, ...options }, shape);
}
