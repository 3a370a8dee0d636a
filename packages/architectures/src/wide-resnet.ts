import { integer, number, oneOf, type Rule } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, kernelsOnly, uniformByInputs } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';
import { deepmind, type PreActivationCode, preActivationBlock } from './pre-activation-block';
import { blockStrides } from './residual-branch';
import { stridesRule } from './strides';

export interface WideResNetOptions extends NetworkOptions {
  /** Convolutions from images to the last one, those of shortcuts aside: 6 n + 4. Default 28. */
  depth?: number;
  /** Before the second convolution of each block. Default 0. */
  dropout?: number;
  /** Of the first block of each of the three stages, a digit each. Default `122`. */
  strides?: string;
  /**
   * Whose code the network is as. `trades`: that of TRADES, AWP and most of RobustBench; `deepmind`: that of DeepMind's robust
   * networks, which has other names and pads as TensorFlow does where strides are 2. Default `trades`.
   */
  code?: 'trades' | 'deepmind';
}

const codes: Record<'trades' | 'deepmind', PreActivationCode> = {
  trades: {
    first: 'conv1',
    block: (stage, place) => `block${stage}.layer.${place}`,
    normalization: (i) => `bn${i}`,
    convolution: (i) => `conv${i}`,
    shortcut: 'convShortcut',
    normalized: 'bn1',
    logits: 'fc',
  },
  deepmind: {
    ...deepmind,
    first: 'init_conv',
    block: (stage, place) => `layer.${stage - 1}.block.${place}`,
    convolution: (i) => `conv_${i - 1}`,
  },
};

const blocksIn = (depth: number) => (depth - 4) / 6;

const depthRule: Rule = {
  expected: '6 n + 4 with an integer n >= 1 (10, 16, 22, 28, 34 ...)',
  test: (value) => {
    const counts = integer({ min: 10 }).test(value);
    return counts === 'ok' && !Number.isInteger(blocksIn(Number(value))) ? 'range' : counts;
  },
};

/**
 * Wide ResNet: a 3 x 3 convolution of 16 channels, three stages of (`depth` - 4) / 6 pre-activation blocks of `width` times 16,
 * 32 and 64 channels, normalisation, activation, the mean over positions, `fc`.
 *
 * WRN-28-10, the default, has 36,479,194 parameters, WRN-34-10 46,160,474, WRN-70-16 266,796,506. Names are those of the code
 * that TRADES, AWP and RobustBench share (`block1.layer.0.bn1`, `block2.layer.0.convShortcut`), padding is PyTorch's, unless
 * `code` says otherwise. Convolutions have no bias and start He-normal (fan out), `fc` uniform as in PyTorch, its bias 0.
 *
 * Activation sites: in each block `.act1` and `.act2` after its normalisations, as `block1.layer.0.act1`, and `act1` at the end:
 * 25 in WRN-28-10.
 *
 * Defaults: `inputShape` [32, 32, 3], `depth` 28, `width` 10; the rest as in {@link WideResNetOptions} and {@link NetworkOptions}.
 *
 * S. Zagoruyko and N. Komodakis, Wide residual networks (BMVC 2016); DeepMind's form: S. Gowal et al., Uncovering the limits of
 * adversarial training against norm-bounded adversarial examples (2020).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const model = wideResNet({ depth: 16, width: 2, activation: 'silu', seed: 1 });
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 */
export function wideResNet(options: WideResNetOptions = {}): LayersModel {
  const { depth = 28, width = 10, dropout = 0, strides = '122', code: whose = 'trades' } = options;
  const plan = {
    inputShape: [32, 32, 3] as const,
    rules: {
      depth: depthRule,
      dropout: number({ min: 0, below: 1 }),
      strides: stridesRule(3),
      code: oneOf(...Object.keys(codes)),
    },
    initializers: { convolution: heNormal('out'), dense: kernelsOnly(uniformByInputs) },
  };
  return network('wideResNet', options, plan, (images, kit) => {
    const code = codes[whose];
    let x = kit.convolve(images, { name: code.first, filters: 16, kernelSize: 3 });
    const depths = [1, 2, 3].map(() => blocksIn(depth));
    blockStrides(strides, depths).forEach((stage, i) => {
      stage.forEach((stride, place) => {
        const branch = { bottleneck: false, filters: 16 * width * 2 ** i, strides: stride };
        x = preActivationBlock(x, kit, { code, stage: i + 1, place, branch, dropout, shortcut: 'activated' });
      });
    });
    x = kit.activate(kit.normalize(x, code.normalized), 'act1', 3);
    return kit.logits(kit.pool(x), code.logits);
  });
}
