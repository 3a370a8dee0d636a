import { boolean, oneOf } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByInputs } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';
import { deepmind, type PreActivationCode, preActivationBlock } from './pre-activation-block';
import { blockStrides } from './residual-branch';
import { stridesRule } from './strides';

export interface PreActResNetOptions extends NetworkOptions {
  /** Of the first block of each stage, a digit each. Default `1222`; RCM's shrinking of ResNet-18 is `1122`. */
  strides?: string;
  /**
   * Whether the last block's sum is normalised and activated before it is pooled, as the paper has it and the networks of the
   * adversarial literature; the code that PyTorch users of CIFAR share has neither. Default true.
   */
  finalNormalization?: boolean;
  /**
   * Whose code the network is as. `cifar`: what PyTorch users of CIFAR share; `deepmind`: that of DeepMind's robust networks,
   * which has other names, shortcuts of 3 x 3 where they are convolved, and pads as TensorFlow does where strides are 2. Default
   * `cifar`.
   */
  code?: 'cifar' | 'deepmind';
  /**
   * Where a shortcut that is convolved starts: at the block's input when it is normalised and activated, as in the paper's code
   * and in AWP's, or as it comes, as in that of fast adversarial training, some of RobustBench's networks, and DeepMind's. Names
   * do not tell them apart. Default `activated`; with `deepmind` `input`.
   */
  shortcut?: 'activated' | 'input';
}

/** What users of CIFAR share; and DeepMind's, whose shortcuts are 3 x 3. */
const codes: Record<'cifar' | 'deepmind', PreActivationCode & { shortcutKernel?: number }> = {
  cifar: {
    first: 'conv1',
    block: (stage, place) => `layer${stage}.${place}`,
    normalization: (i) => `bn${i}`,
    convolution: (i) => `conv${i}`,
    shortcut: 'shortcut.0',
    normalized: 'bn',
    logits: 'linear',
  },
  deepmind: {
    ...deepmind,
    first: 'conv_2d',
    block: (stage, place) => `layer_${stage - 1}.${place}`,
    convolution: (i) => `conv_2d_${i}`,
    shortcutKernel: 3,
  },
};

function preActResNet(
  who: string,
  options: PreActResNetOptions,
  { depths, bottleneck }: { depths: readonly number[]; bottleneck: boolean },
): LayersModel {
  const { width = 64, strides = '1222', finalNormalization = true, code: whose = 'cifar' } = options;
  const { shortcut = whose === 'cifar' ? 'activated' : 'input' } = options;
  const plan = {
    inputShape: [32, 32, 3] as const,
    rules: {
      strides: stridesRule(4),
      finalNormalization: boolean,
      code: oneOf(...Object.keys(codes)),
      shortcut: oneOf('activated', 'input'),
    },
    initializers: { convolution: heNormal('out'), dense: uniformByInputs },
  };
  return network(who, options, plan, (images, kit) => {
    const { shortcutKernel, ...code } = codes[whose];
    let x = kit.convolve(images, { name: code.first, filters: width, kernelSize: 3 });
    blockStrides(strides, depths).forEach((stage, i) => {
      stage.forEach((stride, place) => {
        const branch = { bottleneck, filters: width * 2 ** i, strides: stride };
        x = preActivationBlock(x, kit, { code, stage: i + 1, place, branch, shortcut, shortcutKernel });
      });
    });
    if (finalNormalization) x = kit.activate(kit.normalize(x, code.normalized), 'act', 4);
    return kit.logits(kit.pool(x), code.logits);
  });
}

/**
 * PreActResNet-18, for CIFAR: a 3 x 3 convolution, four stages of two blocks of `width` times 1, 2, 4 and 8 channels, a last
 * normalisation and activation, the mean over positions, `linear`.
 *
 * In a block normalisation and activation come before each convolution, and nothing after the residual is added. 11,172,170
 * parameters; without `finalNormalization` 11,171,146. Names (`layer2.0.shortcut.0`; the last normalisation `bn`) and padding
 * are PyTorch's; convolutions have no bias and start He-normal (fan out), `linear` uniform as in PyTorch.
 *
 * 17 activation sites: `layer1.0.act1` and `layer1.0.act2` after the normalisations of each block; `act` at the end.
 *
 * Defaults: `inputShape` [32, 32, 3], `width` 64; the rest as in {@link PreActResNetOptions} and {@link NetworkOptions}.
 *
 * K. He et al., Identity mappings in deep residual networks (ECCV 2016); DeepMind's form: S. Gowal et al., Uncovering the limits
 * of adversarial training against norm-bounded adversarial examples (2020).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = preActResNet18({ activation: 'silu', strides: '1122', seed: 1 });
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function preActResNet18(options: PreActResNetOptions = {}): LayersModel {
  return preActResNet('preActResNet18', options, { depths: [2, 2, 2, 2], bottleneck: false });
}

/**
 * PreActResNet-50, for CIFAR: as {@link preActResNet18} with stages of 3, 4, 6 and 3 bottleneck blocks (convolutions 1 x 1, 3 x 3
 * and 1 x 1, the stride on the second, the last of four times as many channels).
 */
export function preActResNet50(options: PreActResNetOptions = {}): LayersModel {
  return preActResNet('preActResNet50', options, { depths: [3, 4, 6, 3], bottleneck: true });
}
