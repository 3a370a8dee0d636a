import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { fromLayersModel, readSafetensors, type SafetensorsEntry, writeSafetensors } from '@agoge/core';
import {
  grad,
  memory,
  type Scalar,
  setBackend,
  slice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { initializers, input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormalization } from '../batch-normalization';
import { GroupedConv2D } from '../grouped-convolution';
import { madryCnn, resnet18, wideResNet } from '../index';
import { loadStateDict } from './load-state-dict';
import { stateDictOf } from './state-dict-of';
import figures from './torch-twin.fixture.json';

beforeAll(async () => {
  await setBackend('cpu');
});

const file = () => readSafetensors(readFileSync(new URL('./torch-twin.fixture.safetensors', import.meta.url))).tensors;

/** The network of packages/benchmarks/peers/state_dict_twin.py, in tfjs. */
function twin({ stock = false, names = (name: string) => name } = {}): LayersModel {
  const normalize = (name: string) =>
    stock ? layers.batchNormalization({ name, epsilon: 1e-5 }) : batchNormalization({ name });
  const convolution = { kernelSize: 3, padding: 'same' } as const;
  const chain = [
    layers.conv2d({ ...convolution, name: names('conv1'), filters: 4, useBias: false }),
    normalize(names('bn1')),
    layers.reLU({ name: 'act1' }),
    new GroupedConv2D({ ...convolution, name: names('grouped'), filters: 8, groups: 2, useBias: true }),
    layers.activation({ activation: 'relu', name: 'act2' }),
    layers.depthwiseConv2d({ ...convolution, name: names('depthwise'), depthMultiplier: 2, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
    layers.flatten({ name: 'flatten' }),
    normalize(names('bn2')),
    layers.dropout({ rate: 0.5, name: 'drop' }),
    layers.dense({ units: 7, activation: 'relu', name: names('fc1') }),
    layers.dense({ units: 5, name: names('fc2') }),
  ];
  const images = input({ shape: [6, 4, 3], name: 'images' });
  const outputs = chain.reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
  return model({ inputs: images, outputs, name: 'twin' });
}

const bytesOf = async (network: LayersModel) => writeSafetensors(await stateDictOf(network));
const f32 = (shape: number[], values: ArrayLike<number>): SafetensorsEntry => ({
  dtype: 'F32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const expectClose = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((each, i) => {
    expect(Math.abs(actual[i] - each), `number ${i}`).toBeLessThan(tolerance);
  });
};

describe('a file that PyTorch wrote', () => {
  it.each([false, true])("gives PyTorch's logits and input gradients (stock normalisation: %s)", async (stock) => {
    const network = twin({ stock });
    const report = loadStateDict(network, file());
    expect(report.matched).toHaveLength(17);
    expect(report.matched).toContainEqual({ tensor: 'module.1.fc1.weight', weight: 'fc1/kernel' });
    expect(report.pixels).toEqual({ mean: [0.5, 0.25, 0.125], std: [0.25, 0.5, 1] });
    const f = fromLayersModel(network, { bounds: [0, 1], ...report.pixels });
    const x = tensor4d(figures.x, [2, 6, 4, 3]);
    expectClose(await f(x).data(), figures.logits, 1e-5);
    const first = (images: Tensor4D) => sum<Scalar>(slice(f(images), [0, 0], [2, 1]));
    expectClose(await grad(first as (images: Tensor) => Tensor)(x).data(), figures.gradient, 1e-5);
  });

  it('goes out again bit by bit', async () => {
    const [network, again] = [twin(), twin()];
    loadStateDict(network, file());
    const state = await stateDictOf(network);
    for (const [name, { shape, data }] of state) {
      const theirs = file().get(`module.1.${name}`);
      expect(theirs?.shape, name).toEqual(shape);
      expect([...(theirs?.data ?? [])], name).toEqual([...data]);
    }
    loadStateDict(again, state);
    expect(await bytesOf(again)).toEqual(await bytesOf(network));
  });

  it('leaves no tensor behind', () => {
    const network = twin();
    const before = memory().numTensors;
    loadStateDict(network, file());
    expect(memory().numTensors).toBe(before);
  });
});

describe('names', () => {
  const options = { inputShape: [8, 8, 3], width: 2, classes: 3, seed: 1 } as const;

  it.each<[string, (name: string) => string]>([
    ['as they are', (name) => name],
    ['of DataParallel', (name) => `module.${name}`],
    ['of several wrappers', (name) => `module.model.1.${name}`],
    ['of an attack', (name) => `basic_net.${name}`],
    ['of a model within an attack', (name) => `module.attacker.model.${name}`],
    ["of torchvision's blocks", (name) => name.replace('shortcut', 'downsample').replace('linear', 'fc')],
  ])('%s', async (_, rename) => {
    const [from, to] = [resnet18(options), resnet18({ ...options, seed: 2 })];
    const state = new Map([...(await stateDictOf(from))].map(([name, values]) => [rename(name), values]));
    state.set(rename('bn1.num_batches_tracked'), { dtype: 'I64', shape: [], data: new Uint8Array(8) });
    const { matched, missing, unused, ignored } = loadStateDict(to, state);
    expect([matched.length, missing, unused, ignored]).toEqual([102, [], [], [rename('bn1.num_batches_tracked')]]);
    expect(await bytesOf(to)).toEqual(await bytesOf(from));
  });

  it("of TRADES's WideResNet, its unused block left out", async () => {
    const convolution = (name: string) => layers.conv2d({ name, filters: 2, kernelSize: 1, useBias: false });
    const network = (names: [string, string]) => {
      const images = input({ shape: [2, 2, 2] });
      const y = names.reduce((x, name) => convolution(name).apply(x) as SymbolicTensor, images);
      return model({ inputs: images, outputs: y, name: 'wideResNet' });
    };
    const state = await stateDictOf(network(['block1.layer.0.conv1', 'block1.layer.0.convShortcut']));
    state.set('sub_block1.layer.0.conv1.weight', f32([1], [0]));
    const ours = network(['block1.layer.0.conv1', 'block1.layer.0.shortcut']);
    expect(loadStateDict(ours, state).ignored).toEqual(['sub_block1.layer.0.conv1.weight']);
    const kuangliu = network(['layer1.0.conv1', 'layer1.0.shortcut.0']);
    expect(loadStateDict(kuangliu, state, { architecture: 'wideResNet' }).missing).toEqual([]);
    expect((await stateDictOf(kuangliu)).get('layer1.0.shortcut.0.weight')).toEqual(
      state.get('block1.layer.0.convShortcut.weight'),
    );
  });

  it.each<[string, () => LayersModel, (name: string) => string]>([
    [
      "of AdverTorch's WideResNet",
      () => wideResNet({ ...options, depth: 10, width: 1 }),
      (name) => name.replace('block', 'convgroup').replace('convShortcut', 'conv_shortcut'),
    ],
    ["of AdverTorch's LeNet5Madry", () => madryCnn({ width: 2 }), (name) => name.replace('fc', 'linear')],
  ])('%s', async (_, build, rename) => {
    const [from, to] = [build(), build()];
    const state = new Map([...(await stateDictOf(from))].map(([name, values]) => [rename(name), values]));
    const { missing, unused } = loadStateDict(to, state);
    expect([missing, unused]).toEqual([[], []]);
    expect(await bytesOf(to)).toEqual(await bytesOf(from));
  });

  it('that no rule knows, by the user', async () => {
    const state = await stateDictOf(twin({ names: (name) => `their_${name}` }));
    const { matched } = loadStateDict(twin(), state, { rename: (name) => name.replace('their_', '') });
    expect(matched).toHaveLength(17);
  });
});

class Scalars extends layers.Layer {
  static readonly className = 'Scalars';
  override build() {
    for (const [name, value] of [
      ['alpha', 1],
      ['beta', 0.5],
    ] as const) {
      this.addWeight(name, [1], 'float32', initializers.constant({ value }));
    }
    this.built = true;
  }
  learnedScalars() {
    return [];
  }
}

describe('scalars of an activation', () => {
  const dense = (name: string) => layers.dense({ name, units: 2, useBias: false });
  const networkOf = (first: layers.Layer, second: layers.Layer) => {
    const features = input({ shape: [2] });
    const chain = [dense('fc1'), first, dense('fc2'), second];
    const outputs = chain.reduce((x, layer) => layer.apply(x) as SymbolicTensor, features);
    return model({ inputs: features, outputs, name: 'scalars' });
  };
  const shared = () => {
    const one = new Scalars({ name: 'pssilu' });
    return networkOf(one, one);
  };
  const linear = ['fc1.weight', 'fc2.weight'].map((name) => [name, f32([2, 2], [1, 2, 3, 4])] as const);

  it('shared by the network, under every block that has it', async () => {
    const network = shared();
    const blocks = ['activation', 'layer1.0.activation', 'features.2'];
    const scalars = blocks.flatMap((block) => [
      [`${block}.alpha`, f32([1], [3])] as const,
      [`${block}.beta`, f32([1], [0.25])] as const,
    ]);
    expect(loadStateDict(network, new Map([...linear, ...scalars])).unused).toEqual([]);
    const state = await stateDictOf(network);
    expect([...state.keys()]).toEqual(['fc1.weight', 'activation.alpha', 'activation.beta', 'fc2.weight']);
    expect(state.get('activation.alpha')).toEqual(f32([1], [3]));
  });

  it("are called as in RobustBench's PAF_WideResNet, like everything else there", async () => {
    const activation = new Scalars({ name: 'pssilu' });
    const network = wideResNet({ inputShape: [8, 8, 3], depth: 16, width: 2, activation });
    const weights = (module: string) => [`${module}.weight`];
    const statistics = (module: string) =>
      ['weight', 'bias', 'running_mean', 'running_var'].map((name) => `${module}.${name}`);
    const blocks = [1, 2, 3].flatMap((group) => [0, 1].map((place) => `block${group}.layer.${place}`));
    const expected = [
      ...[...weights('conv1'), ...statistics('bn1'), 'fc.weight', 'fc.bias', 'activation.alpha', 'activation.beta'],
      ...blocks.flatMap((block) => ['conv1', 'conv2'].flatMap((name) => weights(`${block}.${name}`))),
      ...blocks.flatMap((block) => ['bn1', 'bn2'].flatMap((name) => statistics(`${block}.${name}`))),
      ...[1, 2, 3].flatMap((group) => weights(`block${group}.layer.0.convShortcut`)),
    ];
    const state = await stateDictOf(network);
    expect([...state.keys()].sort()).toEqual(expected.sort());
    const [alpha, beta] = ['activation.alpha', 'activation.beta'].map((name) => state.get(name));
    for (const block of blocks) {
      if (alpha) state.set(`${block}.activation.alpha`, alpha);
      if (beta) state.set(`${block}.activation.beta`, beta);
    }
    const { missing, unused } = loadStateDict(network, state);
    expect([missing, unused]).toEqual([[], []]);
  });

  it('that differ between blocks are not one', () => {
    const two = [
      ['layer1.0.activation.alpha', f32([1], [3])],
      ['layer1.1.activation.alpha', f32([1], [4])],
      ['activation.beta', f32([1], [0])],
    ] as const;
    expect(() => loadStateDict(shared(), new Map([...linear, ...two]))).toThrow(
      '"layer1.0.activation.alpha" and "layer1.1.activation.alpha" are both activation.alpha and differ',
    );
  });

  it('of two layers have the names of these', async () => {
    const network = networkOf(new Scalars({ name: 'act1' }), new Scalars({ name: 'act2' }));
    expect([...(await stateDictOf(network)).keys()]).toContain('act2.beta');
    expect(loadStateDict(network, await stateDictOf(network)).matched).toHaveLength(6);
  });
});

describe('numbers of other types', () => {
  const network = () => {
    const features = input({ shape: [1] });
    return model({
      inputs: features,
      outputs: layers.dense({ name: 'fc', units: 2, useBias: false }).apply(features) as SymbolicTensor,
      name: 'one',
    });
  };
  it.each([
    ['F16', Uint16Array.of(0x3c00, 0xc100), [1, -2.5]],
    ['BF16', Uint16Array.of(0x3f80, 0xc020), [1, -2.5]],
    ['F64', Float64Array.of(1 / 3, -2.5), [Math.fround(1 / 3), -2.5]],
  ] as const)('%s', async (dtype, { buffer }, expected) => {
    const one = network();
    loadStateDict(one, new Map([['fc.weight', { dtype, shape: [2, 1], data: new Uint8Array(buffer) }]]));
    expect([...(await one.weights[0].read().data())]).toEqual(expected);
  });
});

describe('refused, all that is wrong listed and nothing changed', () => {
  const refusal = async (change: (state: Map<string, SafetensorsEntry>) => void, options = {}): Promise<string> => {
    const network = twin();
    const state = await stateDictOf(twin());
    change(state);
    const before = await bytesOf(network);
    let message = '';
    try {
      loadStateDict(network, state, options);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(await bytesOf(network)).toEqual(before);
    return message;
  };

  it('missing and unknown names', async () => {
    const message = await refusal((state) => {
      state.delete('bn1.bias');
      state.delete('fc2.weight');
      state.set('fc3.weight', f32([1], [0]));
    });
    expect(message).toBe(
      'loadStateDict: the tensors are not those of twin: "bn1.bias" is missing, "fc2.weight" is missing, ' +
        '"fc3.weight" is not in the model',
    );
  });

  it.each<[string, SafetensorsEntry, string]>([
    ['another shape', f32([7, 95], Array(665)), '"fc1.weight" has shape [7, 95], must have [7, 96]'],
    ['our layout', f32([96, 7], Array(672)), '"fc1.weight" has shape [96, 7], must have [7, 96]'],
    ['integers', { ...f32([7, 96], Array(672)), dtype: 'I32' }, '"fc1.weight" is I32, must be one of F32, F64'],
    ['no numbers', f32([7, 96], [...Array(671).fill(1), NaN]), '"fc1.weight" is not finite: its number 671 is NaN'],
  ])('%s, strict or not', async (_, values, expected) => {
    for (const strict of [true, false]) {
      expect(await refusal((state) => state.set('fc1.weight', values), { strict })).toContain(expected);
    }
  });

  it('a variance below 0, one name twice, two means', async () => {
    const message = await refusal((state) => {
      state.set('bn1.running_var', f32([4], [1, 1, -1e-9, 1]));
      state.set('module.fc2.bias', f32([5], [1, 2, 3, 4, 5]));
      state.set('0.mean', f32([3], [0, 0, 0]));
      state.set('normalize.mean', f32([3], [0, 0, 1]));
    });
    expect(message).toContain('"bn1.running_var" is a variance and below 0');
    expect(message).toContain('"fc2.bias" and "module.fc2.bias" are both fc2.bias and differ');
    expect(message).toContain('"normalize.mean" is another mean of pixels than [0, 0, 0]');
  });

  it('a file of another network, even when not strict', async () => {
    const message = await refusal(
      (state) => {
        for (const [name, values] of [...state]) {
          state.delete(name);
          state.set(`encoder_${name}`, values);
        }
      },
      { strict: false },
    );
    expect(message).toContain('"encoder_conv1.weight" is not in the model');
  });

  it('options of another kind', async () => {
    expect(await refusal(() => undefined, { stric: false })).toContain(
      'unknown option "stric"; did you mean "strict"?',
    );
    expect(() => loadStateDict(twin(), { conv1: 1 } as never)).toThrow('loadStateDict: tensors must be ');
  });
});

it('not strict: what is missing stays, what is unknown is reported', async () => {
  const [network, state] = [twin(), await stateDictOf(twin())];
  const [before] = [await network.getLayer('fc2').getWeights()[0].data()];
  state.delete('fc2.weight');
  state.set('extra', f32([1], [0]));
  const { missing, unused } = loadStateDict(network, state, { strict: false });
  expect([missing, unused]).toEqual([['fc2.weight'], ['extra']]);
  expect(await network.getLayer('fc2').getWeights()[0].data()).toEqual(before);
});

describe('a model without a twin in PyTorch', () => {
  const through = (...chain: layers.Layer[]) => {
    const images = input({ shape: [4, 4, 2] });
    const outputs = chain.reduce((x, layer) => layer.apply(x) as SymbolicTensor, images);
    return model({ inputs: images, outputs, name: 'other' });
  };
  it.each<[string, () => LayersModel, string]>([
    [
      'a layer that nobody knows',
      () => through(layers.separableConv2d({ name: 'sep', filters: 2, kernelSize: 1 })),
      'layer "sep" is a SeparableConv2D, whose weight depthwise_kernel has no known form in PyTorch',
    ],
    [
      'features in an order that nobody knows',
      () =>
        through(
          layers.flatten(),
          layers.repeatVector({ n: 2 }),
          layers.globalAveragePooling1d({}),
          layers.dense({ name: 'fc', units: 2 }),
        ),
      'the order in which PyTorch has the inputs of layer "fc" is not known',
    ],
  ])('%s', async (_, build, message) => {
    await expect(stateDictOf(build())).rejects.toThrow(`stateDictOf: ${message}`);
  });

  it('keeps a linear layer behind pooling or one pixel as it is', async () => {
    const network = through(
      layers.maxPooling2d({ poolSize: 4 }),
      layers.flatten(),
      layers.dense({ name: 'fc', units: 2, useBias: false }),
    );
    const weight = (await stateDictOf(network)).get('fc.weight');
    const [a, b, c, d] = await network.weights[0].read().data();
    expect(weight).toEqual(f32([2, 2], [a, c, b, d]));
    network.dispose();
  });
});
