import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { repairBackend } from '@agoge/backends';
import { type ActivationOption, type ActivationSite, fromLayersModel, modes, normal } from '@agoge/core';
import {
  grad,
  io,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor2d,
  tensor4d,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, loadLayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NetworkOptions } from './network-options';
import './register';
import { architectures } from './registry';
import { resnet18 } from './resnet';
import { smallCnn } from './small-cnn';
import { smallOptions } from './small-networks.fixture';

beforeAll(async () => {
  await setBackend('wasm');
  repairBackend();
});

const images = ([height, width, channels]: readonly number[], n = 2): Tensor4D =>
  tensor4d(normal({ seed: 1, stream: 'images' }, n * height * width * channels), [n, height, width, channels]);
const trainable = (network: LayersModel) =>
  network.trainableWeights.reduce(
    (total, { shape }) => total + shape.reduce<number>((n, size) => n * Number(size), 1),
    0,
  );
const values = async (network: LayersModel) =>
  Promise.all(network.weights.map(async (each) => [...(await each.read().data())]));
const predict = async (network: LayersModel, x: Tensor4D) => (network.predict(x) as Tensor).data();

/** A stock layer with one scalar for all channels and positions, as PSSiLU has two. */
class Scaled extends layers.Layer {
  static readonly className = 'Scaled';
  override build() {
    this.addWeight('alpha', [1], 'float32', initializers.ones());
    this.built = true;
  }
}

describe('smallCnn', () => {
  it.each<[NetworkOptions & { normalization?: 'none' | 'batch' }, number]>([
    [{}, 25_866],
    [{ normalization: 'batch' }, 25_978],
    [{ inputShape: [28, 28, 1], classes: 5, width: 8 }, 80 + 1_168 + 4_640 + 7 * 7 * 32 * 5 + 5],
    [{ inputShape: [9, 13, 3], classes: 2 }, 448 + 4_640 + 18_496 + 3 * 4 * 64 * 2 + 2],
  ])('has the parameters that its shape says: %o', (options, parameters) => {
    const network = smallCnn(options);
    expect(trainable(network)).toBe(parameters);
    const { inputShape = [8, 8, 1], classes = 10 } = options;
    expect((network.predict(images(inputShape, 3)) as Tensor).shape).toEqual([3, classes]);
    network.dispose();
  });

  it('is made of stock layers unless asked for more, so it loads anywhere', () => {
    const network = smallCnn({ activation: 'silu', seed: 3 });
    const classes = network.layers.map((layer) => layer.getClassName());
    expect(classes.filter((each) => each.startsWith('Agoge'))).toEqual([]);
    network.dispose();
  });
});

describe('resnet18', () => {
  it('has the 11,173,962 parameters of its papers', () => {
    const network = resnet18();
    expect(trainable(network)).toBe(11_173_962);
    expect(network.countParams() - trainable(network)).toBe(9_600);
    network.dispose();
  });

  it('has PyTorch names', () => {
    const network = resnet18({ width: 2 });
    const names = network.layers.map((layer) => layer.name);
    for (const name of [
      'conv1',
      'bn1',
      'layer1.0.conv1',
      'layer2.0.shortcut.0',
      'layer2.0.shortcut.1',
      'layer4.1.bn2',
      'linear',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.filter((name) => name.includes('shortcut'))).toHaveLength(6);
    expect(network.getLayer('bn1').weights.map((weight) => weight.originalName)).toEqual(
      ['weight', 'bias', 'running_mean', 'running_var'].map((name) => `bn1/${name}`),
    );
    network.dispose();
  });

  it.each([
    [[32, 32, 3], 4],
    [[9, 13, 1], 2],
  ])('halves %j three times, rounding up', (inputShape, height) => {
    const network = resnet18({ inputShape: inputShape as [number, number, number], classes: 7, width: 2 });
    expect(network.getLayer('layer4.1.add').outputShape).toEqual([null, height, Math.ceil(inputShape[1] / 8), 16]);
    expect((network.predict(images(inputShape)) as Tensor).shape).toEqual([2, 7]);
    network.dispose();
  });

  it('has 17 activation sites', () => {
    const sites: ActivationSite[] = [];
    const activation = (site: ActivationSite) => {
      sites.push(site);
      return layers.reLU({ name: site.name });
    };
    resnet18({ width: 2, activation }).dispose();
    expect(sites).toHaveLength(17);
    expect(sites.map(({ index }) => index)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(sites[0]).toEqual({ name: 'act1', channels: 2, stage: 0, index: 0 });
    expect(sites[16]).toEqual({ name: 'layer4.1.act2', channels: 16, stage: 4, index: 16 });
    expect(sites.map(({ stage }) => stage).join('')).toBe('01111222233334444');
  });
});

it.each([
  ['smallCnn', () => smallCnn({ width: 16 })],
  ['resnet18', () => resnet18({ inputShape: [16, 16, 3], width: 16 })],
])('%s starts with the variances that its paper asks for', async (name, build) => {
  const network = build();
  const all = await values(network);
  network.weights.forEach(({ originalName, shape }, i) => {
    const [height, width, from, to] = shape.map(Number);
    const kernel = all[i];
    const variance = kernel.reduce((total, each) => total + each ** 2, 0) / kernel.length;
    if (shape.length === 4) {
      const fan = height * width * (name === 'resnet18' ? to : from);
      expect(Math.abs((variance * fan) / 2 - 1), originalName).toBeLessThan(8 / Math.sqrt(kernel.length));
    } else if (originalName === 'linear/kernel') {
      expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(height));
      expect(Math.abs(variance * height * 3 - 1)).toBeLessThan(8 / Math.sqrt(kernel.length));
    }
  });
  network.dispose();
});

describe.each(Object.entries(architectures))('%s', (name, build) => {
  const options = smallOptions(name);
  const x = () => images(options.inputShape);

  it('takes images to logits, and gradients to images and to every trainable weight', async () => {
    const network = build({ ...options, activation: 'softplus', seed: 1 });
    const f = fromLayersModel(network, { bounds: [0, 1] });
    expect(f(x()).shape).toEqual([2, 10]);
    const direction = tensor2d(normal({ seed: 2, stream: 'direction' }, 20), [2, 10]);
    const loss = (some: Tensor) => sum<Scalar>(mul(f(some as Tensor4D), direction));
    const parameters = f.parameters();
    expect(parameters).toHaveLength(network.trainableWeights.length);
    const { grads } = variableGrads(
      () => loss(x()),
      parameters.map(({ variable }) => variable),
    );
    const slopes = parameters.map(({ name, variable }) => [name, grads[variable.name]] as const);
    for (const [of, slope] of [['images', grad(loss)(x())] as const, ...slopes]) {
      const largest = Math.max(...(await slope.data()).map(Math.abs));
      expect(largest, of).toBeGreaterThan(0);
      expect(largest, of).toBeLessThan(Infinity);
    }
    network.dispose();
  });

  it('is the same when it was saved and loaded again, after a step that moved its statistics', async () => {
    const network = build({ ...options, seed: 1 });
    fromLayersModel(network, { bounds: [0, 1] })
      .forward(x(), modes.update)
      .dispose();
    const again = await reloaded(network);
    expect(again.weights.map((weight) => weight.originalName)).toEqual(
      network.weights.map((weight) => weight.originalName),
    );
    expect(await values(again)).toEqual(await values(network));
    expect(await predict(again, x())).toEqual(await predict(network, x()));
    network.dispose();
    again.dispose();
  });

  it('has the same names whenever it is built, and weights by its seed', async () => {
    const [first, second, other] = [build({ ...options, seed: 5 }), build({ ...options, seed: 5 }), build(options)];
    const parameters = (network: LayersModel) =>
      fromLayersModel(network, { bounds: [0, 1] })
        .parameters()
        .map((parameter) => parameter.name);
    expect(parameters(second)).toEqual(parameters(first));
    expect(await values(second)).toEqual(await values(first));
    const [a, b] = [await values(first), await values(other)];
    const kernels = first.weights.flatMap(({ originalName }, i) => (originalName.endsWith('/kernel') ? [i] : []));
    expect(kernels.length).toBeGreaterThan(0);
    for (const i of kernels) expect(a[i]).not.toEqual(b[i]);
    for (const each of [first, second, other]) each.dispose();
  });

  it.each<[string, ActivationOption]>([
    ['a name', 'relu'],
    ["the field's name", 'silu'],
    ['one layer for all sites', layers.leakyReLU({ alpha: 0.2, name: 'shared' })],
    ['a layer for each site', ({ name: site }) => layers.elu({ name: site })],
  ])('takes %s as its activation', async (_, activation) => {
    const network = build({ ...options, activation });
    const logits = await predict(network, x());
    expect(logits.every(Number.isFinite)).toBe(true);
    const linear = build({ ...options, activation: 'linear' });
    expect(logits).not.toEqual(await predict(linear, x()));
    network.dispose();
    linear.dispose();
  });

  it('shares a layer given, weights and all', () => {
    const alone = trainable(build(options));
    expect(trainable(build({ ...options, activation: new Scaled({ name: 'scaled' }) }))).toBe(alone + 1);
    const one = new Scaled({ name: 'one' });
    expect(trainable(build({ ...options, activation: () => one }))).toBe(alone + 1);
  });

  it('applies one activation everywhere, whichever way it was given', async () => {
    const ways: ActivationOption[] = [
      'relu',
      layers.reLU({ name: 'shared' }),
      (site) => layers.reLU({ name: site.name }),
    ];
    const [first, ...others] = await Promise.all(
      ways.map((activation) => predict(build({ ...options, activation }), x())),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it('gives the same logits on wasm as on cpu, from weights made there', async () => {
    const { shape } = x();
    const logits: Float32Array[] = [];
    for (const backend of ['cpu', 'wasm']) {
      await setBackend(backend);
      const network = build({ ...options, seed: 2 });
      logits.push((await predict(network, images(shape.slice(1)))) as Float32Array);
      network.dispose();
    }
    const [onCpu, onWasm] = logits;
    onCpu.forEach((each, i) => {
      expect(Math.abs(onWasm[i] - each)).toBeLessThan(1e-4);
    });
  });

  it('leaves nothing behind: built, run, differentiated, disposed of', () => {
    const input = x();
    const before = memory().numTensors;
    const network = build(options);
    const f = fromLayersModel(network, { bounds: [0, 1] });
    for (const mode of Object.values(modes)) {
      grad((some: Tensor) => sum<Scalar>(f.classifier(mode)(some as Tensor4D)))(input).dispose();
    }
    network.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it.each<[string, object, string]>([
    ['an unknown option', { activaton: 'relu' }, `${name}: unknown option "activaton"; did you mean "activation"?`],
    ['an unknown activation', { activation: 'pssilu' }, `${name}: unknown activation "pssilu" (known: relu, `],
    ['... and says where others are', { activation: 'pssilu' }, 'such as those of @agoge/activations'],
    ['a number for an activation', { activation: 3 }, `${name}: activation must be a name, a layer or a function`],
    ['a site without a layer', { activation: () => 'relu' }, '" must be a layer, got "relu"'],
    [
      'two layers of one name',
      { activation: () => layers.reLU({ name: 'act' }) },
      `${name}: two activation layers are named "act"`,
    ],
    [
      'images too small',
      { inputShape: [7, 8, 1] },
      `${name}: inputShape must be [height, width, channels] of whole numbers`,
    ],
    ['a shape with a batch', { inputShape: [1, 8, 8, 1] }, 'got [1, 8, 8, 1]'],
    ['another normalization', { normalization: 'layer' }, `${name}: normalization must be one of "batch", "none"`],
    ['another initializer', { initializer: 'he' }, `${name}: initializer must be one of "published", "zeros"`],
    ['half a pixel', { upsample: { factor: 1.5 } }, `${name}: upsample.factor must be an integer >= 1, got 1.5`],
    ['one class', { classes: 1 }, `${name}: classes must be an integer >= 2, got 1`],
    ['no width', { width: 0 }, `${name}: width must be `],
    ['a negative seed', { seed: -1 }, `${name}: seed must be an integer >= 0, got -1`],
  ])('refuses %s', (_, change, message) => {
    expect(() => build({ ...options, ...change })).toThrow(message);
  });
});

async function reloaded(network: LayersModel): Promise<LayersModel> {
  let saved: io.ModelArtifacts = {};
  await network.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(io.fromMemory(saved));
}
