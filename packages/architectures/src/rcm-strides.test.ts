import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { alexNet } from './alex-net';
import { describe as described } from './describe/describe';
import { efficientNet } from './efficient-net';
import type { NetworkOptions } from './network-options';
import { rcmStrides } from './rcm-strides';
import { resnet18 } from './resnet';
import { vgg16 } from './vgg';

beforeAll(async () => {
  await setBackend('cpu');
});

type Build = (options: NetworkOptions & { strides?: string }) => LayersModel;
const networks = { alexNet, resnet18, vgg16 };

/** Height of the last map before the mean over positions, for images of 32 x 32. */
function lastMap(build: Build, options: Parameters<Build>[0]) {
  const network = build({ width: 2, initializer: 'zeros', ...options });
  const map = described(network).features?.map;
  network.dispose();
  return map?.[0];
}

// Calculated from the sources, in specs that came before the code.
it.each<[string, Build, string, number]>([
  ['alexNet', alexNet, '2222', 2],
  ['alexNet', alexNet, '1222', 4],
  ['alexNet', alexNet, '1122', 7],
  ['vgg16', vgg16, '22222', 1],
  ['vgg16', vgg16, '12222', 2],
  ['vgg16', vgg16, '11222', 4],
  ['vgg16', vgg16, '11122', 8],
])('%s %# with strides %s ends on a map of %i', (_, build, strides, height) => {
  expect(lastMap(build, { strides })).toBe(height);
});

it('upsampling makes the last map of AlexNet 15 high', () => {
  expect(lastMap(alexNet, { strides: '1122', upsample: { factor: 2 } })).toBe(15);
});

it('every reading is one that its network takes, and its shrunk strides leave a larger map', () => {
  for (const reading of Object.values(rcmStrides)) {
    for (const [name, { baseline, shrunk }] of Object.entries(reading)) {
      const build = networks[name as keyof typeof networks];
      expect(Number(lastMap(build, { strides: shrunk }))).toBeGreaterThan(
        Number(lastMap(build, { strides: baseline })),
      );
    }
  }
  expect(lastMap(vgg16, { strides: rcmStrides.documented.vgg16.baseline })).toBe(
    lastMap(resnet18, { strides: rcmStrides.documented.resnet18.baseline }),
  );
});

it('a pooling of stride 1 goes from a VGG, and stays in an AlexNet', () => {
  const pools = (network: LayersModel) =>
    network.layers.filter((layer) => layer.getClassName() === 'MaxPooling2D').map(({ name }) => name);
  const options = { width: 2, initializer: 'zeros' } as const;
  expect(pools(vgg16({ ...options, strides: '11222' }))).toEqual(['features.21', 'features.31', 'features.41']);
  expect(pools(vgg16(options))).toEqual([6, 13, 23, 33, 43].map((place) => `features.${place}`));
  expect(pools(alexNet({ ...options, strides: '1111' }))).toEqual(['features.2', 'features.5', 'features.12']);
});

it('EfficientNet has eight places', () => {
  const small = { inputShape: [32, 32, 3] as const, width: 0.1, depth: 0.1, initializer: 'zeros' } as const;
  for (const [strides, height] of [
    ['21222121', 1],
    ['11222121', 2],
    ['11122121', 4],
    ['11111111', 32],
  ] as const) {
    const network = efficientNet({ ...small, strides });
    expect(described(network).features?.map[0]).toBe(height);
    network.dispose();
  }
});

it.each<[Build, string, string]>([
  [alexNet, '222', 'alexNet: strides must be a string of 4 digits from 1 to 2, got "222"'],
  [vgg16, '22223', 'vgg16: strides must be a string of 5 digits from 1 to 2, got "22223"'],
  [efficientNet, '2122212x', 'efficientNet: strides must be a string of 8 digits from 1 to 9, got "2122212x"'],
])('refuses other strides: %#', (build, strides, message) => {
  expect(() => build({ strides })).toThrow(message);
});

it('refuses images of which nothing would be left, by name', () => {
  expect(() => vgg16({ inputShape: [16, 32, 3], width: 2 })).toThrow(
    'vgg16: inputShape [16, 32, 3] is too small: nothing is left after features.43',
  );
});
