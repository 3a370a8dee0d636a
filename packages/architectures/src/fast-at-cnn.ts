import type { LayersModel } from '@tensorflow/tfjs-layers';
import { asPyTorch } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';

export type FastAtCnnOptions = NetworkOptions;

/**
 * The network of fast adversarial training on MNIST: 166,406 parameters.
 *
 * Two 4 x 4 convolutions of `width` and `2 width` channels with stride 2 and padding 1, a linear layer of 100 numbers, the last
 * one; activations after all but that. Layers are numbered as in a PyTorch `Sequential`: weights of `0`, `2`, `5`, `7`,
 * activations `1`, `3`, `6`, with `flatten` for 4. Weights start as those of PyTorch's layers.
 *
 * Defaults: `inputShape` [28, 28, 1], `width` 16, `normalization` none; the rest as in {@link NetworkOptions}.
 *
 * E. Wong, L. Rice and J. Z. Kolter, Fast is better than free (ICLR 2020). Padding and numbers are those with which its maps
 * are 14 x 14 and 7 x 7: its code was not at hand.
 *
 * @returns a model from images `[n, height, width, channels]` to logits `[n, classes]`; yours to dispose
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 */
export function fastAtCnn({ normalization = 'none', ...options }: FastAtCnnOptions = {}): LayersModel {
  const { width = 16 } = options;
  const plan = { inputShape: [28, 28, 1] as const, initializers: asPyTorch };
  return network('fastAtCnn', { normalization, ...options }, plan, (images, kit) => {
    const half = { kernelSize: 4, strides: 2, padding: 1 };
    let x = kit.block(images, { ...half, name: '0', filters: width, normalization: '0.bn' });
    x = kit.activate(x, '1', 1);
    x = kit.block(x, { ...half, name: '2', filters: 2 * width, normalization: '2.bn' });
    x = kit.activate(x, '3', 2);
    x = kit.activate(kit.dense(kit.flatten(x), '5', 100), '6', 3);
    return kit.logits(x, '7');
  });
}
