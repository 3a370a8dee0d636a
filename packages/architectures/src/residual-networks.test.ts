import '@tensorflow/tfjs-backend-cpu';
import { type ActivationSite, fromLayersModel, modes, normal } from '@agoge/core';
import { setBackend, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { describe as described } from './describe/describe';
import { preActResNet18, preActResNet50 } from './pre-act-resnet';
import { architectures } from './registry';
import { resnet18, resnet50, resnext50 } from './resnet';
import { wideResNet } from './wide-resnet';

beforeAll(async () => {
  await setBackend('cpu');
});

const zeros = { initializer: 'zeros' } as const;
const images = (size: number, n = 2): Tensor4D =>
  tensor4d(normal({ seed: 1, stream: 'images' }, n * size * size * 3), [n, size, size, 3]);
const names = (network: LayersModel) => network.layers.map(({ name }) => name);
const mapsOf = (network: LayersModel) => described(network).features?.map;

describe('activation sites', () => {
  it.each<[string, object, number, string]>([
    ['resnet34', { width: 2 }, 33, 'layer4.2.act2'],
    ['resnet50', { width: 2 }, 49, 'layer4.2.act3'],
    ['resnext50', { width: 16 }, 49, 'layer4.2.act3'],
    ['preActResNet18', { width: 2 }, 17, 'act'],
    ['preActResNet18', { width: 2, finalNormalization: false }, 16, 'layer4.1.act2'],
    ['preActResNet50', { width: 2 }, 49, 'act'],
    ['wideResNet', { width: 1 }, 25, 'act1'],
    ['wideResNet', { depth: 34, width: 1 }, 31, 'act1'],
  ])('%s %o has %i, the last one %s: each behind a normalisation or a sum', (name, options, count, last) => {
    const sites: ActivationSite[] = [];
    const activation = (site: ActivationSite) => {
      sites.push(site);
      return layers.reLU({ name: site.name });
    };
    const network = architectures[name]({ ...zeros, ...options, inputShape: [32, 32, 3], activation });
    expect(sites).toHaveLength(count);
    expect(sites.at(-1)?.name).toBe(last);
    for (const site of sites) {
      const [inbound] = network.getLayer(site.name).inboundNodes;
      expect(inbound.inboundLayers[0].getClassName()).toMatch(/^(AgogeBatchNormalization|Add)$/);
    }
    network.dispose();
  });
});

describe('strides', () => {
  // At 32 pixels, as RCM's code has them.
  it.each<[string, object, number]>([
    ['resnet18', {}, 4],
    ['resnet18', { strides: '1122' }, 8],
    ['resnet18', { strides: '1112' }, 16],
    ['resnet18', { strides: '1111' }, 32],
    ['resnet18', { strides: '2222' }, 2],
    ['resnet18', { upsample: { factor: 2 } }, 8],
    ['resnet18', { stem: 'imagenet' }, 1],
    ['resnet50', { strides: '1122', stem: 'cifar' }, 8],
    ['preActResNet18', {}, 4],
    ['preActResNet18', { strides: '1122' }, 8],
    ['preActResNet50', { strides: '1111' }, 32],
    ['wideResNet', { depth: 10 }, 8],
    ['wideResNet', { depth: 10, strides: '112' }, 16],
    ['wideResNet', { depth: 10, strides: '222' }, 4],
  ])('%s %o leaves maps of %i pixels before the mean', (name, options, size) => {
    const network = architectures[name]({ ...zeros, width: 1, inputShape: [32, 32, 3], ...options });
    expect(mapsOf(network)?.slice(0, 2)).toEqual([size, size]);
    network.dispose();
  });

  it.each(['122', '12222', '12a2', '1022', ''])('must be four digits: %j is refused', (strides) => {
    expect(() => resnet18({ strides })).toThrow(`resnet18: strides must be a string of 4 digits`);
    expect(() => preActResNet18({ strides })).toThrow(`preActResNet18: strides must be a string of 4 digits`);
  });

  it('of a Wide ResNet must be three', () => {
    expect(() => wideResNet({ strides: '1222' })).toThrow('wideResNet: strides must be a string of 3 digits');
    expect(() => wideResNet({ strides: 122 as unknown as string })).toThrow('wideResNet: strides must be a string');
  });
});

describe('stems', () => {
  it("ImageNet's halves the image twice before the first stage, as PyTorch pads, and has torchvision's names", () => {
    const network = resnet50({ ...zeros, width: 1, inputShape: [65, 66, 3] });
    expect(network.getLayer('conv1').outputShape).toEqual([null, 33, 33, 1]);
    expect(network.getLayer('maxpool').outputShape).toEqual([null, 17, 17, 1]);
    expect(names(network)).toEqual(expect.arrayContaining(['layer1.0.downsample.0', 'layer2.0.downsample.1', 'fc']));
    expect(names(network).filter((name) => name.includes('shortcut'))).toEqual([]);
    network.dispose();
  });

  it('each have their classes', () => {
    for (const [stem, shape] of [
      ['cifar', [null, 10]],
      ['imagenet', [null, 1000]],
    ] as const) {
      const network = resnet18({ ...zeros, width: 1, stem });
      expect(network.outputShape).toEqual(shape);
      network.dispose();
    }
  });

  it('are two', () => {
    expect(() => resnet18({ stem: 'mnist' as 'cifar' })).toThrow(
      'resnet18: stem must be one of "cifar", "imagenet", got "mnist"',
    );
  });
});

describe('bottlenecks', () => {
  it('have their stride on the 3 x 3 convolution (v1.5)', () => {
    const network = resnet50({ ...zeros, width: 1, stem: 'cifar' });
    const sizes = [1, 2, 3].map((i) => network.getLayer(`layer2.0.conv${i}`).outputShape[1]);
    expect(sizes).toEqual([32, 16, 16]);
    network.dispose();
  });

  it('take groups, whose widths must not be 0', () => {
    const network = resnext50({ ...zeros, width: 32, stem: 'cifar' });
    const { weights } = network.getLayer('layer1.0.conv2');
    expect(weights[0].shape).toEqual([3, 3, 2, 64]); // 32 * 4 / 64 channels in each of 32 groups
    network.dispose();
    expect(() => resnext50({ width: 8 })).toThrow(
      'resnext50: widthPerGroup must be an integer >= 64 / width = 8, got 4',
    );
    expect(() => resnet18({ groups: 2 } as object)).toThrow('resnet18: unknown option "groups"');
  });
});

describe('zeroInit', () => {
  it.each([
    ['cifar', false],
    ['imagenet', true],
  ] as const)('with the stem of %s is %j by default', async (stem, zero) => {
    const network = resnet18({ width: 2, stem, inputShape: [32, 32, 3] });
    const scales = await Promise.all(
      ['layer1.0.bn1', 'layer1.0.bn2', 'layer4.1.bn2'].map((name) => network.getLayer(name).weights[0].read().data()),
    );
    expect(scales.map(([first]) => first)).toEqual(zero ? [1, 0, 0] : [1, 1, 1]);
    network.dispose();
  });

  it('makes a block without a convolved shortcut the identity', async () => {
    const network = resnet18({ width: 2, zeroInit: true, inputShape: [16, 16, 3], activation: 'linear' });
    const outputs = ['act1', 'layer1.1.act2'].map((name) => network.getLayer(name).output as SymbolicTensor);
    const both = model({ inputs: network.inputs, outputs });
    const [before, after] = both.predict(images(16)) as Tensor[];
    expect(await after.data()).toEqual(await before.data());
    network.dispose();
  });
});

describe('wideResNet', () => {
  it.each([27, 4, 10.5, 12])('must be 6 n + 4 deep: %s is refused', (depth) => {
    expect(() => wideResNet({ depth })).toThrow(`got ${depth}`);
    expect(() => wideResNet({ depth })).toThrow('wideResNet: depth must be');
  });

  it("has TRADES' names", () => {
    const network = wideResNet({ ...zeros, depth: 10, width: 2 });
    const wanted = ['conv1', 'block1.layer.0.bn1', 'block1.layer.0.conv2', 'block3.layer.0.convShortcut', 'bn1', 'fc'];
    expect(names(network)).toEqual(expect.arrayContaining(wanted));
    network.dispose();
  });

  it('drops in training only, before the second convolutions', async () => {
    const network = wideResNet({ depth: 10, width: 1, dropout: 0.5, inputShape: [16, 16, 3], seed: 1 });
    const dropouts = names(network).filter((name) => name.endsWith('dropout'));
    expect(dropouts).toEqual([1, 2, 3].map((stage) => `block${stage}.layer.0.dropout`));
    const f = fromLayersModel(network, { bounds: [0, 1] });
    const x = images(16);
    expect(await f(x).data()).toEqual(await f(x).data());
    const training = { ...modes.update, statistics: 'running' } as const;
    expect(await f.forward(x, training).data()).not.toEqual(await f(x).data());
    network.dispose();
  });
});

describe('initial weights', () => {
  it.each<[string, object, string]>([
    ['preActResNet50', { width: 8 }, 'linear'],
    ['wideResNet', { depth: 10, width: 2 }, 'fc'],
    ['resnext50', { width: 16, groups: 4, widthPerGroup: 32, stem: 'cifar' }, 'linear'],
  ])('of %s: kernels He-normal by what they put out, the last layer uniform', async (name, options, head) => {
    const network = architectures[name]({ ...options, inputShape: [16, 16, 3] });
    for (const weight of network.weights.filter((each) => each.shape.length > 1)) {
      const { originalName, shape } = weight;
      const kernel = Array.from(await weight.read().data());
      const variance = kernel.reduce((total, each) => total + each ** 2, 0) / kernel.length;
      const [height, width, , out] = shape.map(Number);
      const expected = originalName === `${head}/kernel` ? 1 / (3 * height) : 2 / (height * width * out);
      expect(Math.abs(variance / expected - 1), originalName).toBeLessThan(8 / Math.sqrt(kernel.length));
    }
    network.dispose();
  });

  it("of ImageNet's last layer are N(0, 0.01²), as SAT has them, and of a Wide ResNet's its bias is 0", async () => {
    const imagenet = resnet50({ width: 4, inputShape: [32, 32, 3] });
    const kernel = Array.from(await imagenet.getLayer('fc').weights[0].read().data());
    const variance = kernel.reduce((total, each) => total + each ** 2, 0) / kernel.length;
    expect(Math.abs(variance / 1e-4 - 1)).toBeLessThan(8 / Math.sqrt(kernel.length));
    const wide = wideResNet({ depth: 10, width: 1 });
    expect([...(await wide.getLayer('fc').weights[1].read().data())]).toEqual(new Array(10).fill(0));
    imagenet.dispose();
    wide.dispose();
  });
});

it('without normalisation convolutions have biases, be they before or behind activations', () => {
  for (const network of [
    preActResNet18({ ...zeros, width: 2, normalization: 'none' }),
    preActResNet50({ ...zeros, width: 2, normalization: 'none' }),
    wideResNet({ ...zeros, depth: 10, width: 1, normalization: 'none' }),
    resnet18({ ...zeros, width: 2, normalization: 'none' }),
  ]) {
    const convolutions = network.layers.filter((layer) => layer.getClassName() === 'Conv2D');
    expect(convolutions.every(({ weights }) => weights.length === 2)).toBe(true);
    expect(names(network).filter((name) => /bn|\.1$/.test(name))).toEqual([]);
    network.dispose();
  }
});
