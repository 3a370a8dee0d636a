import { number } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { heNormal, type Initialize, uniformByInputs } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';

export interface TradesCnnOptions extends NetworkOptions {
  /** Between the hidden linear layers, in [0, 1). Default 0.5. */
  dropout?: number;
}

const last = 'classifier.fc3';

/** The last layer is left at 0. */
const linear: Initialize = (weight, seed, inputs) => {
  if (!weight.originalName.startsWith(`${last}/`)) uniformByInputs(weight, seed, inputs);
};

/**
 * TRADES's SmallCNN for MNIST: 312,202 parameters.
 *
 * Two 3 x 3 convolutions of `width` channels, halving by max pooling, two of `2 width`, halving, all without padding; linear
 * layers of 200, 200 and `classes` numbers with dropout between the first two; activations after all but the last
 * (`feature_extractor.act1` to `.act4`, `classifier.act1`, `.act2`). Names of weights are `feature_extractor.conv1` to `.conv4`
 * and `classifier.fc1` to `.fc3`, as TRADES's code is understood to have them. The last layer starts at 0, convolutions
 * He-normal (fan in), the rest as PyTorch's layers.
 *
 * Defaults: `inputShape` [28, 28, 1], `width` 32, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * H. Zhang et al., Theoretically principled trade-off between robustness and accuracy (ICML 2019).
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 */
export function tradesCnn({ normalization = 'none', ...options }: TradesCnnOptions = {}): LayersModel {
  const { width = 32, dropout = 0.5 } = options;
  const plan = {
    inputShape: [28, 28, 1] as const,
    rules: { dropout: number({ min: 0, below: 1 }) },
    initializers: { convolution: heNormal('in'), dense: linear },
  };
  return network('tradesCnn', { normalization, ...options }, plan, (images, kit) => {
    let x = images;
    for (const place of [1, 2, 3, 4]) {
      const stage = Math.ceil(place / 2);
      const named = (part: string) => `feature_extractor.${part}${place}`;
      const shape = { name: named('conv'), filters: stage * width, kernelSize: 3, padding: 0 };
      x = kit.activate(kit.block(x, { ...shape, normalization: named('bn') }), named('act'), stage);
      if (place % 2 === 0) x = kit.maxPool(x, { name: `feature_extractor.maxpool${stage}`, size: 2 });
    }
    x = kit.activate(kit.dense(kit.flatten(x), 'classifier.fc1', 200), 'classifier.act1', 3);
    x = kit.drop(x, 'classifier.drop', dropout);
    x = kit.activate(kit.dense(x, 'classifier.fc2', 200), 'classifier.act2', 3);
    return kit.logits(x, last);
  });
}
