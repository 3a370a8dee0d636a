import '@tensorflow/tfjs-backend-cpu';
import { type ActivationSite, fromLayersModel, modes, normal } from '@agoge/core';
import { setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { type LayersModel, layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { alexNet } from './alex-net';
import { fastAtCnn } from './fast-at-cnn';
import { lenet5 } from './lenet5';
import { madryCnn } from './madry-cnn';
import { tradesCnn } from './trades-cnn';
import { type VggOptions, vgg11, vgg13, vgg16, vgg19 } from './vgg';

beforeAll(async () => {
  await setBackend('cpu');
});

const zeros = { initializer: 'zeros' } as const;
const images = (n: number, size: number, channels: number): Tensor4D =>
  tensor4d(normal({ seed: 1, stream: 'images' }, n * size * size * channels), [n, size, size, channels]);
const kernels = (network: LayersModel) =>
  network.weights.flatMap(({ originalName, shape }) =>
    shape.length > 1 ? [originalName.replace(/\/kernel$/, '')] : [],
  );
const features = (...places: number[]) => places.map((place) => `features.${place}`);
const classifier = (...places: number[]) => places.map((place) => `classifier.${place}`);
const extractor = [1, 2, 3, 4].map((place) => `feature_extractor.conv${place}`);

it.each<[string, () => LayersModel, string[]]>([
  ['lenet5', () => lenet5(zeros), ['conv1', 'conv2', 'linear1', 'linear2']],
  ['madryCnn', () => madryCnn(zeros), ['conv1', 'conv2', 'fc1', 'fc2']],
  ['tradesCnn', () => tradesCnn(zeros), [...extractor, 'classifier.fc1', 'classifier.fc2', 'classifier.fc3']],
  ['fastAtCnn', () => fastAtCnn(zeros), ['0', '2', '5', '7']],
  ['alexNet', () => alexNet(zeros), [...features(0, 3, 6, 8, 10), ...classifier(1, 4, 6)]],
  // torchvision's vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn and vgg16.
  ['vgg11', () => vgg11(zeros), [...features(0, 4, 8, 11, 15, 18, 22, 25), ...classifier(0, 3, 6)]],
  ['vgg13', () => vgg13(zeros), [...features(0, 3, 7, 10, 14, 17, 21, 24, 28, 31), ...classifier(0, 3, 6)]],
  ['vgg16', () => vgg16(zeros), [...features(0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40), ...classifier(0, 3, 6)]],
  [
    'vgg19',
    () => vgg19(zeros),
    [...features(0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49), ...classifier(0, 3, 6)],
  ],
  [
    'vgg16 without normalisation',
    () => vgg16({ ...zeros, normalization: 'none' }),
    [...features(0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28), ...classifier(0, 3, 6)],
  ],
])('%s has the names of its source', (_, build, names) => {
  const network = build();
  expect(kernels(network)).toEqual(names);
  network.dispose();
});

describe('vgg', () => {
  it.each<[VggOptions['head'], string[], number[]]>([
    ['rcm', classifier(0, 3, 6), [256, 256, 10]],
    ['paf', classifier(1, 4, 6), [512, 512, 10]],
    ['linear', ['classifier'], [10]],
    ['imagenet', classifier(0, 3, 6), [4096, 4096, 1000]],
  ])('has the head %s', (head, names, units) => {
    const network = vgg11({ ...zeros, head });
    const linear = network.layers.filter((layer) => layer.getClassName() === 'Dense');
    expect(linear.map(({ name }) => name)).toEqual(names);
    expect(linear.map(({ outputShape }) => outputShape[1])).toEqual(units);
    expect(network.inputs[0].shape[1]).toBe(head === 'imagenet' ? 224 : 32);
    network.dispose();
  });

  it('has a site after each normalisation and in each hidden linear layer', () => {
    const sites: ActivationSite[] = [];
    const activation = (site: ActivationSite) => {
      sites.push(site);
      return layers.reLU({ name: site.name });
    };
    vgg16({ ...zeros, activation }).dispose();
    expect(sites.map(({ stage }) => stage).join('')).toBe('112233344455566');
    expect(sites[0]).toEqual({ name: 'features.2', channels: 64, stage: 1, index: 0 });
    expect(sites[14]).toEqual({ name: 'classifier.4', channels: 256, stage: 6, index: 14 });
  });
});

describe('tradesCnn', () => {
  it('starts with logits of 0, unless another initialiser is asked for', async () => {
    const x = images(2, 28, 1);
    const logits = async (network: LayersModel) => [...(await fromLayersModel(network, { bounds: [0, 1] })(x).data())];
    const network = tradesCnn({ width: 4 });
    expect(await logits(network)).toEqual(Array(20).fill(0));
    const other = tradesCnn({ width: 4, initializer: 'glorot' });
    expect((await logits(other)).every((each) => each !== 0)).toBe(true);
    network.dispose();
    other.dispose();
  });
});

it.each<
  [string, (options: { dropout?: number; width: number; initializer: 'pytorch' }) => LayersModel, Tensor4D['shape']]
>([
  ['tradesCnn', tradesCnn, [2, 28, 28, 1]],
  ['alexNet', alexNet, [2, 32, 32, 3]],
  ['vgg11', vgg11, [2, 32, 32, 3]],
])('%s drops out in training only, and not where the share is 0', async (name, build, [n, size, , channels]) => {
  const x = images(n, size, channels);
  const still = { ...modes.update, statistics: 'running' } as const;
  for (const dropout of [0, undefined]) {
    const network = build({ dropout, width: 4, initializer: 'pytorch' });
    const f = fromLayersModel(network, { bounds: [0, 1] });
    const logits = async (mode: Parameters<typeof f.forward>[1]) => [...(await f.forward(x, mode).data())];
    expect(await logits(modes.evaluate)).toEqual(await logits(modes.craft));
    if (dropout === 0) expect(await logits(still)).toEqual(await logits(modes.evaluate));
    else expect(await logits(still)).not.toEqual(await logits(still));
    network.dispose();
  }
  expect(() => build({ dropout: 1, width: 4, initializer: 'pytorch' })).toThrow(
    `${name}: dropout must be a finite number >= 0 and < 1, got 1`,
  );
});

it('refuses a head that there is not', () => {
  expect(() => vgg16({ head: 'resnet' as 'rcm' })).toThrow(
    'vgg16: head must be one of "rcm", "paf", "linear", "imagenet", got "resnet"',
  );
});
