import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import plain from '../golden/plain-counts.json';
import residual from '../golden/residual-counts.json';
import { describe as described } from './describe/describe';
import { architectures } from './registry';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Both counts, of a network whose weights are never written and so take no memory. */
function counts(name: string, options: object) {
  const network = architectures[name]({ ...options, initializer: 'zeros' });
  const { trained: parameters, multiplyAdds } = described(network);
  network.dispose();
  return { parameters, multiplyAdds };
}

it.each<{ network: string; options: object; parameters: number; multiplyAdds: number }>([
  ...plain.counts,
  ...residual.counts,
])("$network $options has its PyTorch twin's counts", ({ network, options, ...expected }) => {
  expect(counts(network, options)).toEqual(expected);
});

describe('counts that were published', () => {
  // The original's code for ImageNet, and multiply-adds of M. Tan and Q. Le, EfficientNet (ICML 2019), table 2.
  it.each([
    ['efficientNetB0', 5_288_548, 0.39e9],
    ['efficientNetB1', 7_794_184, 0.7e9],
    ['efficientNetB2', 9_109_994, 1e9],
    ['efficientNetB3', 12_233_232, 1.8e9],
    ['efficientNetB4', 19_341_616, 4.2e9],
    ['efficientNetB5', 30_389_784, 9.9e9],
    ['efficientNetB6', 43_040_704, 19e9],
    ['efficientNetB7', 66_347_960, 37e9],
  ])('%s: %i parameters, about %f multiply-adds', (name, parameters, multiplyAdds) => {
    const own = counts(name, {});
    expect(own.parameters).toBe(parameters);
    // Published to two digits.
    expect(Math.abs(Number(own.multiplyAdds) / multiplyAdds - 1)).toBeLessThan(0.05);
  });

  // torchvision's, with batch normalisation.
  it.each([
    ['vgg11', 132_868_840],
    ['vgg13', 133_053_736],
    ['vgg16', 138_365_992],
    ['vgg19', 143_678_248],
  ])('%s for ImageNet: %i parameters', (name, parameters) => {
    expect(counts(name, { head: 'imagenet' }).parameters).toBe(parameters);
  });

  // torchvision's.
  it.each([
    ['resnet18', 11_689_512],
    ['resnet34', 21_797_672],
    ['resnet50', 25_557_032],
    ['resnet101', 44_549_160],
    ['resnet152', 60_192_808],
    ['resnext50', 25_028_904],
  ])('%s for ImageNet: %i parameters', (name, parameters) => {
    expect(counts(name, { stem: 'imagenet' }).parameters).toBe(parameters);
  });

  // Wide ResNets'.
  it.each([
    [28, 10, 36_479_194],
    [34, 10, 46_160_474],
    [70, 16, 266_796_506],
  ])('WRN-%i-%i: %i parameters', (depth, width, parameters) => {
    expect(counts('wideResNet', { depth, width }).parameters).toBe(parameters);
  });
});
