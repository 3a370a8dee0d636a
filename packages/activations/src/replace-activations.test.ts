import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { type ActivationSite, ModelError, normal, ShapeError } from '@agoge/core';
import {
  abs,
  add,
  memory,
  mul,
  type serialization,
  setBackend,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import {
  constraints,
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  regularizers,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { PSoftplus, PSSiLU, ReLU, type ReplaceActivationsOptions, replaceActivations } from './index';
import './register';
import { reload } from './reload.fixture';

beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // tfjs warns of the states of an LSTM whenever it saves one
});

const random = (stream: string, shape: number[], mean = 0, spread = 1): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    normal({ seed: 1, stream }, size).map((each) => mean + spread * each),
    shape,
  );
};

/** Weights that no initialiser makes, so that one which is not carried over shows. */
function randomize(given: LayersModel): LayersModel {
  given.weights.forEach((weight, i) => {
    const variance = weight.originalName.includes('variance');
    weight.write(
      tidy(() => {
        const values = random(`weight ${i}`, weight.shape as number[], 0, 0.3);
        return variance ? add(abs(values), 0.5) : values;
      }),
    );
  });
  return given;
}

const inputsOf = (given: LayersModel) =>
  given.inputs.map(({ shape }, i) => random(`input ${i}`, [3, ...(shape.slice(1) as number[])]));
const outputs = (given: LayersModel): number[][] =>
  tidy(() => [given.predict(inputsOf(given))].flat().map((each) => [...(each as Tensor).dataSync()]));
const weightNames = (given: LayersModel) => given.weights.map((each) => each.originalName).sort();
const at = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;

const conv = (filters: number, name: string, options: object = {}) =>
  layers.conv2d({ filters, kernelSize: 3, padding: 'same', name, ...options });
const relu = { activation: 'relu' } as const;

/** The sequential network of every tutorial. */
const tutorial = () =>
  randomize(
    sequential({
      name: 'tutorial',
      layers: [
        conv(4, 'conv1', { inputShape: [8, 8, 1], ...relu }),
        layers.maxPooling2d({ poolSize: 2, name: 'pool1' }),
        conv(6, 'conv2', relu),
        layers.maxPooling2d({ poolSize: 2, name: 'pool2' }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ units: 8, ...relu, name: 'dense1', kernelRegularizer: regularizers.l2({ l2: 0.01 }) }),
        layers.dropout({ rate: 0.5, name: 'dropout' }),
        layers.dense({ units: 3, activation: 'softmax', name: 'dense2' }),
      ],
    }),
  );

/** MobileNet's block: depthwise and pointwise convolution, each normalised and rectified up to 6. */
function mobilenet(): LayersModel {
  const images = input({ shape: [8, 8, 3], name: 'input_1' });
  let x = images;
  const normalized = (layer: layers.Layer) => {
    x = at(layers.batchNormalization({ name: `${layer.name}_bn` }), at(layer, x));
    x = at(layers.reLU({ maxValue: 6, name: `${layer.name}_relu` }), x);
  };
  normalized(conv(4, 'conv1', { strides: 2, useBias: false }));
  for (const [i, strides] of [1, 2].entries()) {
    normalized(
      layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false, name: `conv_dw_${i}` }),
    );
    normalized(layers.conv2d({ filters: 6, kernelSize: 1, useBias: false, name: `conv_pw_${i}` }));
  }
  x = at(layers.globalAveragePooling2d({ name: 'pool' }), x);
  x = at(layers.reshape({ targetShape: [1, 1, 6], name: 'reshape' }), x);
  x = at(layers.conv2d({ filters: 3, kernelSize: 1, name: 'conv_preds' }), x);
  x = at(
    layers.activation({ activation: 'softmax', name: 'act_softmax' }),
    at(layers.reshape({ targetShape: [3], name: 'last' }), x),
  );
  return randomize(model({ inputs: images, outputs: x, name: 'mobilenet' }));
}

/** Branches of unequal length, as in Inception, and a residual. */
function inception(): LayersModel {
  const images = input({ shape: [6, 6, 2], name: 'images' });
  const x = at(conv(4, 'stem', relu), images);
  const short = at(conv(4, 'a1', relu), x);
  const middle = at(conv(4, 'b2', relu), at(conv(3, 'b1', relu), x));
  const long = at(conv(4, 'c3', relu), at(conv(3, 'c2', relu), at(conv(3, 'c1', relu), x)));
  const joined = at(layers.concatenate({ name: 'joined' }), [long, short, middle]);
  const residual = at(layers.add({ name: 'residual' }), [at(conv(4, 'd', relu), joined), x]);
  return randomize(
    model({
      inputs: images,
      outputs: at(layers.dense({ units: 3, name: 'logits' }), at(layers.flatten({ name: 'flat' }), residual)),
    }),
  );
}

/** Two images through one tower, itself a model with a model within, and two outputs. */
function siamese(): LayersModel {
  const small = sequential({ name: 'small', layers: [conv(3, 'inner', { inputShape: [4, 4, 2], ...relu })] });
  const patch = input({ shape: [4, 4, 2], name: 'patch' });
  const tower = model({
    inputs: patch,
    outputs: at(
      layers.flatten({ name: 'flat' }),
      at(layers.reLU({ name: 'after' }), at(conv(2, 'outer'), at(small, patch))),
    ),
    name: 'tower',
  });
  const [left, right] = ['left', 'right'].map((name) => input({ shape: [4, 4, 2], name }));
  const [a, b] = [at(tower, left), at(tower, right)];
  const both = at(layers.concatenate({ name: 'both' }), [b, a]);
  const head = at(layers.dense({ units: 4, ...relu, name: 'head' }), both);
  return randomize(
    model({ inputs: [left, right], outputs: [at(layers.dense({ units: 2, name: 'same' }), head), head] }),
  );
}

/** Time steps, cells and masks, which are left as they are. */
function recurrent(): LayersModel {
  const [frames, state] = [input({ shape: [5, 4], name: 'frames' }), input({ shape: [3], name: 'state' })];
  let x = at(
    layers.timeDistributed({ layer: layers.dense({ units: 3, ...relu, name: 'each' }), name: 'steps' }),
    frames,
  );
  x = at(layers.timeDistributed({ layer: layers.reLU(), name: 'rectified' }), x);
  x = at(layers.masking({ name: 'masking' }), x);
  x = at(
    layers.bidirectional({
      layer: layers.gru({ units: 2, returnSequences: true, recurrentInitializer: 'glorotUniform' }) as never,
      mergeMode: 'concat',
      name: 'both',
    }),
    x,
  );
  x = layers
    .lstm({ units: 3, name: 'lstm', recurrentInitializer: 'glorotUniform' })
    .apply(x, { initialState: [state, state] }) as SymbolicTensor;
  return randomize(
    model({ inputs: [frames, state], outputs: at(layers.dense({ units: 2, ...relu, name: 'end' }), x) }),
  );
}

const networks = { tutorial, mobilenet, inception, siamese, recurrent };
const which = ['relu', 'relu6'];
const each = Object.entries(networks);

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  it.each(each)('%s: ReLU for ReLU gives the same numbers, also reloaded', async (name, build) => {
    const original = build();
    const same = (site: ActivationSite) =>
      name === 'mobilenet' ? layers.reLU({ maxValue: 6, name: site.name }) : new ReLU({ name: site.name });
    const replaced = replaceActivations(original, same, { which });
    expect(outputs(replaced)).toEqual(outputs(original));
    expect(weightNames(replaced)).toEqual(weightNames(original));
    expect(outputs(await reload(replaced))).toEqual(outputs(original));
    expect(outputs(replaceActivations(await reload(replaceActivations(original, 'relu', { which })), 'relu'))).toEqual(
      outputs(replaceActivations(original, 'relu', { which })),
    );
  });

  it.each(each)('%s: a shared PSSiLU acts, adds 2 parameters, and comes back when reloaded', async (_, build) => {
    const original = build();
    const before = outputs(original);
    const replaced = replaceActivations(original, new PSSiLU({ alpha: 1.3, beta: 0.2 }), { which });
    expect(replaced.countParams()).toBe(original.countParams() + 2);
    expect(weightNames(replaced)).toEqual([...weightNames(original), 'pssilu/alpha', 'pssilu/beta'].sort());
    expect(outputs(replaced)).not.toEqual(before);
    expect(outputs(await reload(replaced))).toEqual(outputs(replaced));
    expect(outputs(original)).toEqual(before);
  });
});

describe('a replaced model', () => {
  beforeAll(async () => {
    await setBackend('cpu');
  });

  it('is trained by fit: the scalars move, the original does not', async () => {
    const original = tutorial();
    const before = outputs(original);
    const pssilu = new PSSiLU({ beta: 0.1 });
    const replaced = replaceActivations(original, pssilu);
    replaced.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const x = random('x', [6, 8, 8, 1]);
    const y = tensor(
      [0, 1, 2, 0, 1, 2].flatMap((label) => [0, 1, 2].map((i) => Number(i === label))),
      [6, 3],
    );
    const start = pssilu.getWeights().map((weight) => weight.dataSync()[0]);
    const kernel = replaced.getLayer('conv1').getWeights()[0].dataSync();
    await replaced.fit(x, y, { epochs: 2, verbose: 0 });
    pssilu.getWeights().forEach((weight, i) => {
      expect(weight.dataSync()[0]).not.toBe(start[i]);
    });
    expect(replaced.getLayer('conv1').getWeights()[0].dataSync()).not.toEqual(kernel);
    expect(outputs(original)).toEqual(before);
  });

  it('keeps names, metadata, losses and what is frozen, and disposes of its own weights alone', () => {
    const original = tutorial();
    original.setUserDefinedMetadata({ labels: ['a', 'b', 'c'] });
    original.getLayer('conv1').trainable = false;
    original.getLayer('dense1').trainableWeights[1].trainable = false;
    const frozen = ['conv1/kernel', 'conv1/bias', 'dense1/bias'];
    const before = memory().numTensors;
    const replaced = replaceActivations(original, 'elu');
    const trainable = (given: LayersModel) => given.trainableWeights.map((each) => each.originalName);
    expect(trainable(replaced)).toEqual(trainable(original));
    expect(replaced.nonTrainableWeights.map((each) => each.originalName)).toEqual(frozen);
    expect(replaced.name).toBe('tutorial');
    expect(replaced.getUserDefinedMetadata()).toEqual({ labels: ['a', 'b', 'c'] });
    const [loss] = tidy(() => replaced.calculateLosses().map((each) => each.dataSync()[0]));
    const kernel = [...original.getLayer('dense1').getWeights()[0].dataSync()];
    expect(loss).toBeCloseTo(0.01 * kernel.reduce((total, each) => total + each ** 2, 0), 6);
    const results = outputs(original);
    const probabilities = outputs(replaced);
    replaced.dispose();
    expect(memory().numTensors).toBe(before);
    expect(outputs(original)).toEqual(results);
    const again = replaceActivations(original, 'elu');
    original.dispose();
    expect(outputs(again)).toEqual(probabilities);
  });

  it('disposes of the layer that many places share, and of layers that the original shares', () => {
    const original = tutorial();
    const twice = layers.dense({ units: 4, activation: 'relu', name: 'twice' });
    const x = input({ shape: [4] });
    const shared = model({ inputs: x, outputs: twice.apply(twice.apply(x)) as SymbolicTensor });
    const before = memory().numTensors;
    for (const [each, weights] of [
      [original, original.weights.length + 2],
      [shared, 4],
    ] as const) {
      for (let i = 0; i < 3; i++) {
        const replaced = replaceActivations(each, new PSSiLU());
        expect(memory().numTensors - before).toBe(weights);
        replaced.dispose();
        expect(memory().numTensors).toBe(before);
      }
    }
  });

  it('takes the weights of the original by name, and its values past constraints', () => {
    const constrained = sequential({
      layers: [
        layers.dense({
          units: 3,
          inputShape: [4],
          name: 'd',
          ...relu,
          kernelConstraint: constraints.unitNorm({ axis: 0 }),
        }),
      ],
    });
    const kernel = constrained.getLayer('d').weights[0].read();
    const copied = replaceActivations(constrained, 'relu');
    expect(copied.getLayer('d').weights[0].read().dataSync()).toEqual(kernel.dataSync());
    const one = tutorial();
    const replaced = replaceActivations(one, 'relu');
    replaced.setWeights(replaced.weights.map((each) => random('other', each.shape as number[])));
    replaced.loadWeights(Object.fromEntries(one.weights.map((each) => [each.originalName, each.read()])));
    expect(outputs(replaced)).toEqual(outputs(one));
  });

  it('is frozen where a model within was, and as a whole if the original is', () => {
    const build = () => {
      const backbone = sequential({ name: 'backbone', layers: [conv(2, 'a', { inputShape: [4, 4, 1], ...relu })] });
      const head = layers.dense({ units: 2, ...relu, name: 'head' });
      return { backbone, whole: sequential({ layers: [backbone, layers.flatten(), head] }) };
    };
    const { backbone, whole } = build();
    backbone.trainable = false;
    const names = (given: LayersModel) => given.trainableWeights.map((each) => each.originalName);
    expect(names(replaceActivations(whole, 'elu'))).toEqual(['head/kernel', 'head/bias']);
    const other = build().whole;
    other.trainable = false;
    expect(names(replaceActivations(other, new PSSiLU()))).toEqual(['pssilu/alpha', 'pssilu/beta']);
  });
});

describe('sites', () => {
  const sitesOf = (given: LayersModel, options: ReplaceActivationsOptions = {}) => {
    const sites: ActivationSite[] = [];
    const replaced = replaceActivations(
      given,
      (site) => {
        sites.push(site);
        return layers.elu({ name: site.name });
      },
      options,
    );
    return {
      replaced,
      sites: sites.map(({ name, channels, stage }) => [name, channels, stage]),
      order: sites.map((each) => each.index),
    };
  };

  it('are named after layers, counted through strides and in order', () => {
    const { sites, order, replaced } = sitesOf(tutorial());
    expect(sites).toEqual([
      ['conv1_activation', 4, 0],
      ['conv2_activation', 6, 1],
      ['dense1_activation', 8, 2],
    ]);
    expect(order).toEqual([0, 1, 2]);
    expect(replaced.getLayer('conv1').getConfig().activation).toBe('linear');
    expect(replaced.getLayer('dense2').getConfig().activation).toBe('softmax');
    expect(sitesOf(mobilenet(), { which }).sites).toEqual([
      ['conv1_relu', 4, 1],
      ['conv_dw_0_relu', 4, 1],
      ['conv_pw_0_relu', 6, 1],
      ['conv_dw_1_relu', 6, 2],
      ['conv_pw_1_relu', 6, 2],
    ]);
  });

  it('are one for what was one layer, but one for each number of channels', () => {
    expect(sitesOf(siamese()).sites).toEqual([
      ['inner_activation', 3, 0],
      ['after', 2, 0],
      ['head_activation', 4, 0],
    ]);
    const everywhere = layers.reLU({ name: 'act' });
    const x = input({ shape: [4, 4, 1] });
    const y = at(everywhere, at(conv(3, 'b'), at(everywhere, at(conv(2, 'c'), at(everywhere, at(conv(3, 'a'), x))))));
    const { sites, replaced } = sitesOf(model({ inputs: x, outputs: y }));
    expect(sites).toEqual([
      ['act', 3, 0],
      ['act_1', 2, 0],
    ]);
    expect(replaced.layers.filter((each) => each.getClassName() === 'ELU')).toHaveLength(2);
  });

  it('have names that nothing else has', () => {
    const twice = () => sequential({ layers: [layers.dense({ units: 2, inputShape: [3], ...relu, name: 'd' })] });
    const x = input({ shape: [3], name: 'd_activation' });
    const both = model({ inputs: x, outputs: at(layers.add({ name: 'sum' }), [at(twice(), x), at(twice(), x)]) });
    randomize(both);
    const { sites, replaced } = sitesOf(both);
    expect(sites.map(([name]) => name)).toEqual(['d_activation_1', 'd_1_activation']);
    expect(replaced.weights.map((each) => each.originalName)).toEqual(['d/kernel', 'd/bias', 'd_1/kernel', 'd_1/bias']);
    expect(outputs(replaceActivations(both, 'relu'))).toEqual(outputs(both));
  });
});

describe('what is replaced', () => {
  const mixed = () =>
    sequential({
      layers: [
        layers.dense({ units: 2, inputShape: [2], ...relu, name: 'string' }),
        layers.activation({ activation: 'relu6', name: 'activation' }),
        layers.reLU({ maxValue: 6, name: 'six' }),
        layers.reLU({ maxValue: 3, name: 'three' }),
        layers.reLU({ name: 'plain' }),
        layers.leakyReLU({ name: 'leaky' }),
        layers.prelu({ name: 'prelu' }),
        layers.elu({ name: 'elu' }),
        layers.dense({ units: 2, activation: 'swish', name: 'swish' }),
        new PSoftplus({ name: 'ours' }),
        new ReLU({ name: 'mine' }),
        layers.softmax({ name: 'last' }),
      ],
    });
  const replacedBy = (names?: string[], keep?: string[]) => {
    const sites: string[] = [];
    const make = (site: ActivationSite) => {
      sites.push(site.name.replace('_activation', ''));
      return layers.activation({ activation: 'tanh', name: site.name });
    };
    replaceActivations(mixed(), make, { which: names, keep });
    return sites;
  };

  it.each([
    [undefined, ['string', 'plain']],
    [['relu6'], ['activation', 'six']],
    [['ReLU'], ['six', 'three', 'plain']],
    [['LeakyReLU'], ['leaky']],
    [
      ['PReLU', 'elu'],
      ['prelu', 'elu'],
    ],
    [['silu'], ['swish']],
    [
      ['AgogePSoftplus', 'AgogeReLU'],
      ['ours', 'mine'],
    ],
    [['softmax'], ['last']],
  ])('which: %j', (names, expected) => {
    expect(replacedBy(names)).toEqual(expected);
  });

  it('keep leaves layers as they are', () => {
    expect(replacedBy(['relu', 'relu6'], ['string', 'six'])).toEqual(['activation', 'plain']);
  });

  it('a class of the user is made again from its config, registered or not', () => {
    class Times extends layers.Layer {
      static className = 'Times';
      private readonly factor: number;
      constructor(options: { factor: number; name?: string }) {
        super(options);
        this.factor = options.factor;
      }
      override call(x: Tensor | Tensor[]): Tensor {
        return mul([x].flat()[0], this.factor);
      }
      override getConfig(): serialization.ConfigDict {
        return { ...super.getConfig(), factor: this.factor };
      }
    }
    const original = sequential({
      layers: [layers.dense({ units: 2, inputShape: [2], ...relu }), new Times({ factor: 3, name: 'times' })],
    });
    const replaced = replaceActivations(original, 'relu');
    expect(replaced.getLayer('times')).toBeInstanceOf(Times);
    expect(replaced.getLayer('times')).not.toBe(original.getLayer('times'));
    expect(outputs(replaced)).toEqual(outputs(original));
  });
});

describe('errors', () => {
  class Broken extends layers.Layer {
    static className = 'Broken';
    override build(): void {
      this.addWeight('w', [2], 'float32', initializers.zeros());
      throw new Error('no room');
    }
  }
  const cell = () => {
    const x = input({ shape: [3, 2] });
    return model({
      inputs: x,
      outputs: at(layers.simpleRNN({ units: 2, ...relu, name: 'rnn', recurrentInitializer: 'zeros' }), x),
    });
  };
  const linear = () => sequential({ layers: [layers.dense({ units: 2, inputShape: [2] }), layers.elu()] });
  const network = tutorial;

  it.each<[() => unknown, new (...given: never[]) => Error, string]>([
    [
      () => replaceActivations(linear(), 'elu'),
      ModelError,
      'replaceActivations: model has no relu to replace; it has ELU, elu',
    ],
    [
      () => replaceActivations(network(), 'elu', { which: [] }),
      ModelError,
      'model has no activation named by which to replace',
    ],
    [() => replaceActivations(sequential(), 'elu'), ModelError, 'model has no layers, or its first no inputShape'],
    [
      () => replaceActivations(cell(), 'elu'),
      ModelError,
      'layer "rnn" has relu within it, where it cannot be replaced; keep: ["rnn"]',
    ],
    [() => replaceActivations(network(), 'rellu'), TypeError, 'unknown activation "rellu" (known: relu, relu6, '],
    [
      () => replaceActivations(network(), 'elu', { which: ['Conv2D'] }),
      TypeError,
      'unknown activation in which "Conv2D"',
    ],
    [
      () => replaceActivations(network(), 'elu', { keep: ['conv3'] }),
      TypeError,
      'unknown layer in keep "conv3"; did you mean "conv1"?',
    ],
    [() => replaceActivations(network(), 'elu', { witch: [] } as never), TypeError, 'did you mean "which"'],
    [() => replaceActivations({} as never, 'elu'), TypeError, 'model must be a tf.LayersModel'],
    [
      () => replaceActivations(network(), 3 as never),
      TypeError,
      'activation must be a name, a layer or a function from site',
    ],
    [
      () => replaceActivations(network(), () => 'elu' as never),
      TypeError,
      'activation at "conv1_activation" must be a layer, got "elu"',
    ],
    [
      () => replaceActivations(network(), () => new PSSiLU()),
      TypeError,
      'two layers of the new model are named "pssilu"',
    ],
    [
      () => replaceActivations(network(), new ReLU({ name: 'flatten' })),
      TypeError,
      'two layers of the new model are named "flatten"',
    ],
    [
      () => replaceActivations(network(), layers.flatten({ name: 'f' })),
      ShapeError,
      'the output of layer "f" must have shape',
    ],
    [
      () =>
        replaceActivations(network(), ({ name, index }) => (index === 1 ? new Broken({ name }) : new ReLU({ name }))),
      Error,
      'no room',
    ],
  ])('%s', (attempt, kind, message) => {
    expect(attempt).toThrow(kind);
    expect(attempt).toThrow(message);
  });

  it('leave no tensor behind, whenever they come', () => {
    const original = network();
    const before = memory().numTensors;
    const attempts = [
      () =>
        replaceActivations(original, ({ name, index }) => (index === 2 ? (undefined as never) : new PSSiLU({ name }))),
      () => replaceActivations(original, layers.flatten({ name: 'f' })),
      () => replaceActivations(original, layers.reshape({ targetShape: [7], name: 'f' })),
    ];
    for (const attempt of attempts) expect(attempt).toThrow();
    expect(memory().numTensors).toBe(before);
  });

  it('leaves a cell that is kept, and other activations in cells, alone', () => {
    const x = input({ shape: [3, 2] });
    const y = at(
      layers.dense({ units: 2, ...relu, name: 'end' }),
      at(layers.simpleRNN({ units: 2, name: 'rnn', recurrentInitializer: 'zeros' }), x),
    );
    const other = randomize(model({ inputs: x, outputs: y }));
    expect(outputs(replaceActivations(other, 'relu'))).toEqual(outputs(other));
    expect(() => replaceActivations(cell(), 'elu', { keep: ['rnn'] })).toThrow('has no relu to replace');
  });
});
