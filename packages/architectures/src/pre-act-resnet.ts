import { boolean } from '@agoge/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { heNormal, uniformByInputs } from './initial-weights';
import { type Kit, network } from './network';
import type { NetworkOptions } from './network-options';
import { type BranchShape, blockStrides, residualBranch } from './residual-branch';
import { stridesRule } from './strides';

export interface PreActResNetOptions extends NetworkOptions {
  /** Of the first block of each stage, a digit each. Default `1222`; RCM's shrinking of ResNet-18 is `1122`. */
  strides?: string;
  /**
   * Whether the last block's sum is normalised and activated before it is pooled, as the paper has it and the networks of the
   * adversarial literature; the code that PyTorch users of CIFAR share has neither. Default true.
   */
  finalNormalization?: boolean;
}

function preActResNet(
  who: string,
  options: PreActResNetOptions,
  { depths, bottleneck }: { depths: readonly number[]; bottleneck: boolean },
): LayersModel {
  const { width = 64, strides = '1222', finalNormalization = true } = options;
  const plan = {
    inputShape: [32, 32, 3] as const,
    rules: { strides: stridesRule(4), finalNormalization: boolean },
    initializers: { convolution: heNormal('out'), dense: uniformByInputs },
  };
  return network(who, options, plan, (images, kit) => {
    let x = kit.convolve(images, { name: 'conv1', filters: width, kernelSize: 3 });
    blockStrides(strides, depths).forEach((stage, i) => {
      stage.forEach((stride, place) => {
        const branch = { bottleneck, filters: width * 2 ** i, strides: stride };
        x = block(x, kit, `layer${i + 1}.${place}`, i + 1, branch);
      });
    });
    if (finalNormalization) x = kit.activate(kit.normalize(x, 'bn'), 'act', 4);
    return kit.logits(kit.pool(x), 'linear');
  });
}

/** Each convolution's input is normalised and activated; a shortcut that is convolved starts from the first one's. */
function block(x: SymbolicTensor, kit: Kit, name: string, stage: number, shape: BranchShape): SymbolicTensor {
  const activated = (each: SymbolicTensor, i: number) =>
    kit.activate(kit.normalize(each, `${name}.bn${i}`), `${name}.act${i}`, stage);
  const first = activated(x, 1);
  let residual = first;
  residualBranch(shape).forEach((convolution, i) => {
    if (i > 0) residual = activated(residual, i + 1);
    residual = kit.convolve(residual, { ...convolution, name: `${name}.conv${i + 1}` });
  });
  const filters = Number(residual.shape[3]);
  const fits = shape.strides === 1 && x.shape[3] === filters;
  const shortcut = { name: `${name}.shortcut.0`, filters, kernelSize: 1, strides: shape.strides };
  return kit.add(`${name}.add`, residual, fits ? x : kit.convolve(first, shortcut));
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
 * K. He et al., Identity mappings in deep residual networks (ECCV 2016).
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
