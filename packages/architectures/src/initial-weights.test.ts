import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { input, model } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { convolve } from './convolve';
import { efficientNet } from './efficient-net';
import { asPyTorch, type InitializerName, initializersOf } from './initial-weights';
import { resnext50 } from './resnet';

beforeAll(async () => {
  await setBackend('cpu');
});

/**
 * Fans as `torch.nn.init` documents them for a weight `[out, in / groups, k, k]`: in `in / groups k²`, out `out k²`. PyTorch
 * 1.13's own kernels had these deviations to a tenth of a percent.
 */
const shapes = [
  { kernelSize: 3, from: 64, filters: 96, groups: 1, fan: { in: 576, out: 864 } },
  { kernelSize: 3, from: 64, filters: 96, groups: 4, fan: { in: 144, out: 864 } },
  { kernelSize: 5, from: 480, filters: 480, groups: 480, fan: { in: 25, out: 12_000 } },
];
const deviations: [InitializerName, (fan: { in: number; out: number }) => number][] = [
  ['he-fan-in', (fan) => Math.sqrt(2 / fan.in)],
  ['he-fan-out', (fan) => Math.sqrt(2 / fan.out)],
  ['glorot', (fan) => Math.sqrt(2 / (fan.in + fan.out))],
  ['pytorch', (fan) => Math.sqrt(1 / (3 * fan.in))],
];

const deviation = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((total, each) => total + each ** 2, 0) / values.length);

it.each(shapes.flatMap((shape) => deviations.map(([name, wanted]) => ({ name, wanted, ...shape }))))(
  "$name has PyTorch's deviation: $from channels to $filters in $groups groups",
  async ({ name, wanted, from, fan, ...shape }) => {
    const images = input({ shape: [8, 8, from] });
    const initial = { seed: 1, ...initializersOf(name, asPyTorch) };
    const network = model({ inputs: images, outputs: convolve(images, { ...shape, name: 'conv' }, initial) });
    const values = await network.weights[0].read().data();
    expect(values.length).toBeGreaterThan(10_000);
    // Five standard deviations of a normal sample's deviation.
    expect(Math.abs(deviation(values) / wanted(fan) - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
  },
);

it.each([
  ["EfficientNet's published kernels count a depthwise one's last axis, 1", 'published', 25],
  ['... as PyTorch all its channels, where that is asked for', 'he-fan-out', 25 * 672],
] as const)('%s', async (_, initializer, fan) => {
  const network = efficientNet({ inputShape: [16, 16, 3], depth: 0.1, classes: 10, initializer });
  const kernel = await network.getLayer('features.6.0.block.1.0').weights[0].read().data();
  expect(kernel).toHaveLength(25 * 672);
  expect(Math.abs(deviation(kernel) * Math.sqrt(fan / 2) - 1)).toBeLessThan(5 / Math.sqrt(2 * kernel.length));
  network.dispose();
});

it("ResNeXt's published kernels count all filters, whatever the groups", async () => {
  const network = resnext50({ inputShape: [32, 32, 3], width: 16, groups: 8, widthPerGroup: 16, classes: 10 });
  const kernel = await network.getLayer('layer2.0.conv2').weights[0].read().data();
  expect(kernel).toHaveLength(9 * 8 * 64);
  expect(Math.abs(deviation(kernel) * Math.sqrt((9 * 64) / 2) - 1)).toBeLessThan(5 / Math.sqrt(2 * kernel.length));
  network.dispose();
});
