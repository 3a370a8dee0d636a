import type { NetworkOptions } from './network-options';
import type { BottleneckResnetOptions } from './resnet';

export type SmallOptions = NetworkOptions & { inputShape: [height: number, width: number, channels: number] };

/** Options with which a network is small enough for tests, by how its name begins. */
const small: Record<string, SmallOptions & BottleneckResnetOptions & { depth?: number }> = {
  alexNet: { inputShape: [32, 32, 3], width: 2 },
  efficientNet: { inputShape: [16, 16, 3], width: 0.1, depth: 0.1, classes: 10 },
  fastAtCnn: { inputShape: [8, 8, 1], width: 4 },
  lenet5: { inputShape: [8, 8, 1], width: 4 },
  madryCnn: { inputShape: [8, 8, 1], width: 4 },
  preActResNet: { inputShape: [16, 16, 3], width: 4 },
  resnet18: { inputShape: [16, 16, 3], width: 4 },
  // Branches that start at 0 give no gradients, and many that do not start small make large logits.
  resnet: { inputShape: [32, 32, 3], width: 2, classes: 10, initializer: 'pytorch', zeroInit: false },
  resnext50: { inputShape: [32, 32, 3], width: 4, classes: 10, groups: 2, widthPerGroup: 32, zeroInit: false },
  smallCnn: { inputShape: [8, 8, 1], width: 4 },
  // Its published last layer starts at 0.
  tradesCnn: { inputShape: [16, 16, 1], width: 4, initializer: 'pytorch' },
  vgg: { inputShape: [32, 32, 3], width: 2 },
  wideResNet: { inputShape: [16, 16, 3], depth: 10, width: 1 },
};

export function smallOptions(name: string): SmallOptions {
  const found = Object.keys(small).find((start) => name.startsWith(start));
  if (found === undefined) throw new Error(`small-networks.fixture.ts: no options for ${name}`);
  return small[found];
}
