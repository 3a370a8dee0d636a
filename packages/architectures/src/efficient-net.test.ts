import '@tensorflow/tfjs-backend-cpu';
import { type ActivationSite, fromLayersModel, modes, normal } from '@agoge/core';
import { setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { efficientNet } from './efficient-net';
import { efficientNetB0, efficientNetB7 } from './efficient-net-presets';

beforeAll(async () => {
  await setBackend('cpu');
});

const images = (n: number, size: number): Tensor4D =>
  tensor4d(normal({ seed: 1, stream: 'images' }, n * size * size * 3), [n, size, size, 3]);
const small = { inputShape: [16, 16, 3], width: 0.1, depth: 0.3, classes: 10 } as const;

it.each([
  // Nearest multiples of 8; 8 at least; up where more than a tenth would go (10.6 of 16, 8 of 9 and more).
  [1, [32, 16, 24, 40, 80, 112, 192, 320, 1280]],
  [1.1, [32, 16, 24, 48, 88, 120, 208, 352, 1408]],
  [2, [64, 32, 48, 80, 160, 224, 384, 640, 2560]],
  [0.1, [8, 8, 8, 8, 8, 16, 24, 32, 128]],
])('width %f rounds channels', (width, channels) => {
  const network = efficientNet({ inputShape: [32, 32, 3], width, depth: 0.1, initializer: 'zeros' });
  const names = ['features.0.1', ...[1, 2, 3, 4, 5, 6, 7].map((i) => `features.${i}.0.block.${i === 1 ? 2 : 3}.1`)];
  const found = [...names, 'features.8.1'].map((name) => network.getLayer(name).outputShape as number[]);
  expect(found.map((shape) => shape[3])).toEqual(channels);
  network.dispose();
});

it('repeats blocks by depth, rounded up', () => {
  const network = efficientNet({ ...small, depth: 1.1, initializer: 'zeros' });
  const blocks = new Set(network.layers.flatMap(({ name }) => name.match(/^features\.\d+\.\d+\.block/)?.[0] ?? []));
  expect(blocks.size).toBe(2 + 3 + 3 + 4 + 4 + 5 + 2);
  network.dispose();
});

it('has an activation after each of its convolutions and in each gate: 49 sites in B0, SiLU unless asked for more', () => {
  const sites: ActivationSite[] = [];
  const activation = (site: ActivationSite) => {
    sites.push(site);
    return layers.reLU({ name: site.name });
  };
  const options = { inputShape: [32, 32, 3], initializer: 'zeros' } as const;
  efficientNetB0({ ...options, activation }).dispose();
  expect(sites).toHaveLength(49);
  expect(sites[0]).toEqual({ name: 'features.0.2', channels: 32, stage: 0, index: 0 });
  expect(sites[2]).toEqual({ name: 'features.1.0.block.1.activation', channels: 8, stage: 1, index: 2 });
  expect(sites[48]).toEqual({ name: 'features.8.2', channels: 1280, stage: 8, index: 48 });

  const network = efficientNetB0(options);
  const kinds = network.layers.flatMap((layer) => layer.getConfig().activation ?? []);
  expect(kinds.filter((each) => each === 'swish')).toHaveLength(49);
  expect(kinds.filter((each) => each === 'sigmoid')).toHaveLength(16);
  network.dispose();
});

it('leaves blocks out in training only, as often as asked for, later ones more', async () => {
  const options = { ...small, depth: 1, dropout: 0, seed: 3 };
  const network = efficientNet(options);
  const rates = network.layers.flatMap((layer) =>
    layer.name.endsWith('.stochastic_depth') ? [Number(layer.getConfig().rate)] : [],
  );
  // B0's residual blocks are these of 16; survival falls to 0.8 beyond the last.
  const residual = [2, 4, 6, 7, 9, 10, 12, 13, 14];
  rates.forEach((rate, i) => {
    expect(rate).toBeCloseTo((0.2 * residual[i]) / 16, 12);
  });
  expect(rates).toHaveLength(residual.length);

  const f = fromLayersModel(network, { bounds: [0, 1] });
  const x = images(4, 16);
  const logits = async (mode: Parameters<typeof f.forward>[1]) => [...(await f.forward(x, mode).data())];
  expect(await logits(modes.evaluate)).toEqual(await logits(modes.craft));
  const still = { ...modes.update, statistics: 'batch' } as const;
  expect(await logits(still)).not.toEqual(await logits(still));
  network.dispose();

  const always = efficientNet({ ...options, survival: 1 });
  expect(always.layers.filter(({ name }) => name.endsWith('.stochastic_depth'))).toEqual([]);
  always.dispose();
});

it("takes a preset's size unless told another", () => {
  const network = efficientNetB7({ ...small, initializer: 'zeros', dropout: undefined });
  expect(network.inputs[0].shape).toEqual([null, 16, 16, 3]);
  expect(network.getLayer('classifier.0').getConfig().rate).toBe(0.5);
  network.dispose();
});

it('normalises with another epsilon where one is given', () => {
  const network = efficientNet({ ...small, initializer: 'zeros', epsilon: 1e-3 });
  const kinds = network.layers.filter((layer) => layer.getClassName() === 'AgogeBatchNormalization');
  expect(kinds.length).toBeGreaterThan(10);
  expect(new Set(kinds.map((layer) => layer.getConfig().epsilon))).toEqual(new Set([1e-3]));
  network.dispose();
});

it('starts normal by the last axis of its kernels, and uniform by its classes', async () => {
  const network = efficientNet({ ...small, width: 1, depth: 0.1 });
  const weight = async (name: string) => {
    const found = network.weights.find(({ originalName }) => originalName === name);
    return [...((await found?.read().data()) ?? [])];
  };
  const variance = (values: number[]) => values.reduce((total, each) => total + each ** 2, 0) / values.length;
  const fans: [string, number][] = [
    ['features.6.0.block.0.0/kernel', 672],
    ['features.6.0.block.1.0/depthwise_kernel', 25],
  ];
  for (const [name, fan] of fans) {
    const values = await weight(name);
    expect(values.length).toBeGreaterThan(1000);
    expect(Math.abs((variance(values) * fan) / 2 - 1)).toBeLessThan(8 / Math.sqrt(values.length));
  }
  const kernel = await weight('classifier.1/kernel');
  expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(10));
  expect(Math.abs(variance(kernel) * 30 - 1)).toBeLessThan(0.1);
  network.dispose();
});

it.each<[object, string]>([
  [{ width: 0 }, 'efficientNet: width must be a finite number > 0, got 0'],
  [{ depth: -1 }, 'efficientNet: depth must be a finite number > 0, got -1'],
  [{ resolution: 7 }, 'efficientNet: resolution must be an integer >= 8, got 7'],
  [{ dropout: 1 }, 'efficientNet: dropout must be a finite number >= 0 and < 1, got 1'],
  [{ survival: 0 }, 'efficientNet: survival must be a finite number > 0 and <= 1, got 0'],
  [{ epsilon: 0 }, 'efficientNet: epsilon must be a finite number > 0, got 0'],
  [{ padding: 'valid' }, 'efficientNet: padding must be one of "symmetric", "same", got "valid"'],
])('refuses %j', (options, message) => {
  expect(() => efficientNet(options)).toThrow(message);
});
