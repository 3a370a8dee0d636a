import type { LayersModel } from '@tensorflow/tfjs-layers';
import { asPyTorch } from './initial-weights';
import { network } from './network';
import type { NetworkOptions } from './network-options';

interface TwoConvolutions {
  kernelSize: number;
  /** Of the hidden linear layer. */
  units: number;
  /** Names of the two linear layers. */
  linear: readonly [hidden: string, last: string];
}

/** Two convolutions that keep the size, each activated and halved by max pooling, and two linear layers: 28 x 28 x 1 by default. */
export function twoConvolutions(
  who: string,
  { normalization = 'none', ...options }: NetworkOptions,
  { kernelSize, units, linear }: TwoConvolutions,
): LayersModel {
  const { width = 32 } = options;
  const plan = { inputShape: [28, 28, 1] as const, initializers: asPyTorch };
  return network(who, { normalization, ...options }, plan, (images, kit) => {
    let x = images;
    for (const stage of [1, 2]) {
      x = kit.block(x, { name: `conv${stage}`, filters: stage * width, kernelSize, normalization: `bn${stage}` });
      x = kit.activate(x, `act${stage}`, stage);
      x = kit.maxPool(x, { name: `maxpool${stage}`, size: 2 });
    }
    const hidden = kit.activate(kit.dense(kit.flatten(x), linear[0], units), 'act3', 3);
    return kit.logits(hidden, linear[1]);
  });
}
