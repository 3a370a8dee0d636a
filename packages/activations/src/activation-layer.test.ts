import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { fromLayersModel, modes, ShapeError } from '@agoge/core';
import {
  abs,
  add,
  grad,
  max,
  mean,
  mul,
  neg,
  type Scalar,
  setBackend,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  train,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  type LayersModel,
  type LayerVariable,
  layers,
  model,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ActivationLayer,
  ELU,
  GELU,
  PBLU,
  PELU,
  PPELU,
  PPReLU,
  PReLU,
  PSiLU,
  PSoftplus,
  PSSiLU,
  PSSiLUFixedBeta,
  ReLU,
  readScalars,
  SmoothReLU,
  SSiLU,
} from './index';
import './register';
import { reload } from './reload.fixture';

/** `uses` places in a row that share one layer. */
function chain(layer: layers.Layer, uses: number): LayersModel {
  const x = input({ shape: [2] });
  let y = x;
  for (let i = 0; i < uses; i++) y = layer.apply(y) as typeof x;
  return model({ inputs: x, outputs: y });
}

const points = () => tensor2d([-3, -0.4, 0.2, 5], [2, 2]);
const values = (layer: layers.Layer) => layer.getWeights().map((each) => each.dataSync()[0]);
const distance = (a: LayersModel, b: LayersModel, x = points()) =>
  max(abs(sub(a.predict(x) as Tensor, b.predict(x) as Tensor))).dataSync()[0];
const variable = (weight: LayerVariable) => weight.read() as Variable;

describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  beforeAll(async () => {
    await setBackend(backendName);
  });

  it.each([
    [1, false],
    [17, false],
    [1, true],
    [17, true],
  ])('the penalty counts once for %i uses (per channel: %s): in fit and in our own loop', async (uses, perChannel) => {
    const channels = perChannel ? 2 : 1;
    const layer = new PSSiLU({ beta: 0.3 / channels, perChannel });
    const net = chain(layer, uses);
    const free = (_: Tensor, y: Tensor) => mul(mean(y), 0); // leaves the penalty alone as the loss
    net.compile({ optimizer: train.sgd(0.005), loss: free });
    const { history } = await net.fit(points(), points(), { epochs: 2, batchSize: 2, verbose: 0 });
    expect(history.loss[0]).toBeCloseTo(3, 5); // 10 * 0.3
    const step = 0.005 * 10; // of each beta
    expect(history.loss[1]).toBeCloseTo(3 - 10 * step * channels, 5);
    expect(values(layer)[1]).toBeCloseTo(0.3 / channels - 2 * step, 5);
    const images = sequential({ layers: [layers.flatten({ inputShape: [1, 2, 1] }), net] });
    expect(
      fromLayersModel(images, { bounds: [0, 1] })
        .penalty()
        .dataSync()[0],
    ).toBeCloseTo(3 - 20 * step * channels, 5);
  });

  it('beta moves from the start value of RobustBench, and from 0 never', () => {
    for (const [beta, moves] of [
      [undefined, true],
      [0, false],
    ] as const) {
      const layer = new PSSiLU({ beta, penalty: 0 });
      layer.apply(points());
      // Outputs of negative inputs grow with beta, so this loss wants more of it.
      const loss = () => neg(sum<Scalar>(layer.apply(tensor2d([-3, -2], [2, 1])) as Tensor));
      for (let i = 0; i < 3; i++) train.sgd(0.01).minimize(loss, false, layer.trainableWeights.map(variable));
      const [, learned] = values(layer);
      moves ? expect(learned).toBeGreaterThan(0.05) : expect(learned).toBe(0);
    }
  });
});

describe('scalars', () => {
  it('one shared layer adds 2 trainable weights of shape [1], named after layer and scalar', () => {
    const net = chain(new PSSiLU(), 17);
    expect(net.trainableWeights.map(({ originalName, shape }) => [originalName, shape])).toEqual([
      ['pssilu/alpha', [1]],
      ['pssilu/beta', [1]],
    ]);
    expect(chain(new PSoftplus({ name: 'stage1.act' }), 3).trainableWeights.map((each) => each.originalName)).toEqual([
      'stage1.act/alpha',
    ]);
    expect(chain(new ReLU(), 3).countParams()).toBe(0);
  });

  it('a second build of the same network has the same weight names', () => {
    const build = () => chain(new PSSiLU(), 2).weights.map((each) => each.originalName);
    expect(build()).toEqual(build());
  });

  it('start where the sources start, or where told', () => {
    const start = (layer: ActivationLayer) => values(chain(layer, 1).layers[1]);
    expect(start(new PSSiLU())).toEqual([1, Math.fround(1e-8)]);
    for (const make of [PSoftplus, PELU, PPReLU, PPELU, PSiLU, PSSiLUFixedBeta]) expect(start(new make())).toEqual([1]);
    for (const make of [PReLU, PBLU]) expect(start(new make())).toEqual([0]);
    expect(start(new SmoothReLU())).toEqual([20]);
    expect(start(new PSSiLU({ alpha: 2, beta: 0.25 }))).toEqual([2, 0.25]);
  });

  it('can be frozen, one or all', () => {
    const names = (layer: ActivationLayer) => chain(layer, 1).trainableWeights.map((each) => each.originalName);
    expect(names(new PSSiLU({ learn: ['alpha'] }))).toEqual(['pssilu/alpha']);
    expect(names(new PSSiLU({ trainable: false }))).toEqual([]);
  });

  it('options survive saving', async () => {
    const options = {
      name: 'act.1',
      alpha: 2,
      beta: 0.1,
      learn: ['beta'] as const,
      decay: false,
      penalty: 3,
      clipNorm: null,
    };
    const again = await reload(chain(new PSSiLU(options), 1));
    expect(again.layers[1].getConfig()).toMatchObject(options);
    expect(again.trainableWeights.map((each) => each.originalName)).toEqual(['act.1/beta']);
  });
});

describe('per channel', () => {
  it('each channel learns its own, from the same start', async () => {
    const layer = new PSSiLU({ perChannel: true, penalty: 0 });
    layer.apply(points());
    const toBeta = tensor2d([-3, 5], [1, 2]); // beta raises the first channel and, had it a say, lowers the second
    const loss = () => neg(sum<Scalar>(layer.apply(toBeta) as Tensor));
    for (let i = 0; i < 3; i++) train.sgd(0.01).minimize(loss, false, layer.trainableWeights.map(variable));
    const [, [first, second]] = layer.getWeights().map((each) => [...each.dataSync()]);
    expect(first).toBeGreaterThan(0.05);
    expect(Math.abs(second)).toBeLessThan(0.01);
  });

  it('options and weights survive saving', async () => {
    const original = chain(new PSSiLU({ perChannel: true }), 2);
    original.layers[1].setWeights([tensor1d([1.5, 0.5]), tensor1d([0.1, 0.3])]);
    const again = await reload(original);
    expect(again.layers[1].getConfig()).toMatchObject({ perChannel: true });
    expect(again.trainableWeights.map(({ originalName, shape }) => [originalName, shape])).toEqual([
      ['pssilu/alpha', [2]],
      ['pssilu/beta', [2]],
    ]);
    expect(distance(original, again)).toBe(0);
  });

  it('refuses places with other channels, and an unknown number of them', () => {
    const layer = new PSSiLU({ perChannel: true });
    layer.apply(input({ shape: [4, 4, 1] }));
    const expected = 'PSSiLU: the input of "pssilu", which is per channel, must have shape [..., 1], got';
    expect(() => layer.apply(input({ shape: [2, 2, 8] }))).toThrow(`${expected} [-1, 2, 2, 8]`);
    expect(() => layer.apply(points())).toThrow(`${expected} [2, 2]`);
    expect(() => layer.apply(points())).toThrow(ShapeError);
    const open = input({ shape: [null as never] });
    expect(() => new PReLU({ perChannel: true }).apply(open)).toThrow(
      'PReLU: the number of channels at "prelu", which is per channel, must be known',
    );
  });

  it('reads as one scalar for each channel', async () => {
    const layer = new PSSiLU({ perChannel: true });
    layer.apply(points());
    layer.setWeights([tensor1d([-1.5, 2]), tensor1d([0.125, -0.25])]);
    expect(await readScalars({ layers: [layer] })).toEqual([
      { name: 'pssilu/alpha[0]', value: 1.5 },
      { name: 'pssilu/alpha[1]', value: 2 },
      { name: 'pssilu/beta[0]', value: 0.125 },
      { name: 'pssilu/beta[1]', value: 0.25 },
    ]);
  });
});

describe('penalty', () => {
  const total = (net: LayersModel) => tidy(() => net.calculateLosses().reduce((a, b) => a + b.dataSync()[0], 0));

  it('counts once in a model within a model, and fully in each of two models that share the layer', () => {
    const layer = new PSSiLU({ beta: 0.3 });
    const [inner, other] = [chain(layer, 3), chain(layer, 5)];
    const x = input({ shape: [2] });
    const outer = model({ inputs: x, outputs: layer.apply(inner.apply(inner.apply(x))) as typeof x });
    expect(total(inner)).toBeCloseTo(3, 5);
    expect(total(other)).toBeCloseTo(3, 5);
    expect(total(inner)).toBeCloseTo(3, 5);
    outer.compile({ optimizer: train.sgd(0), loss: (_: Tensor, y: Tensor) => mul(mean(y), 0) });
    return outer.trainOnBatch(points(), points()).then((loss) => expect(loss).toBeCloseTo(3, 5));
  });

  it('is handed to a gradient in full after a pass that failed', () => {
    const layer = new PSSiLU({ beta: 0.3 });
    const net = chain(layer, 2);
    const loss = () => net.calculateLosses().reduce((a, b) => add(a, b));
    expect(() =>
      variableGrads(() => {
        loss();
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(total(net)).toBeCloseTo(3, 5);
    expect(variableGrads(loss).value.dataSync()[0]).toBeCloseTo(3, 5);
  });

  it('leaves a penalty of 0, a scalar that is not learned and a layer without penalty alone', () => {
    expect(total(chain(new PSSiLU({ beta: 0.3, penalty: 0 }), 2))).toBe(0);
    expect(total(chain(new PSSiLU({ beta: 0.3, learn: ['alpha'] }), 2))).toBe(0);
    expect(total(chain(new PSoftplus(), 2))).toBe(0);
  });
});

describe('phases', () => {
  it('while crafting, the input gradient is the same and the scalars get none', () => {
    const layer = new PSSiLU({ alpha: 1.4, beta: 0.2 });
    const slope = (mode: object) => [...grad((x) => sum(layer.apply(x, mode) as Tensor))(points()).dataSync()];
    expect(slope(modes.craft)).toEqual(slope(modes.update));
    const scalars = (mode: object) => variableGrads(() => sum(layer.apply(points(), mode) as Tensor));
    expect(Object.keys(scalars(modes.update).grads)).toHaveLength(2);
    expect(() => scalars(modes.craft)).toThrow(/connection/);
  });
});

describe('hints', () => {
  it('follow the papers: same decay as weights, the gradient of beta clipped to 0.1', () => {
    expect(new PSSiLU().trainingHints()).toEqual({ alpha: { decay: true }, beta: { decay: true, clipNorm: 0.1 } });
    expect(new PSSiLU({ decay: false, clipNorm: null }).trainingHints()).toEqual({
      alpha: { decay: false },
      beta: { decay: false },
    });
    for (const make of [PSoftplus, PReLU, PELU, PBLU, PPReLU, PPELU, PSiLU, PSSiLUFixedBeta]) {
      expect(new make().trainingHints()).toEqual({ alpha: { decay: true } });
    }
    expect(new SmoothReLU().trainingHints()).toEqual({ r: { decay: false } });
    expect(new SmoothReLU({ decay: true }).trainingHints()).toEqual({ r: { decay: true } });
    expect(new ReLU().trainingHints()).toEqual({});
  });

  it('reach a trainer through the adapter', () => {
    const net = sequential({ layers: [layers.flatten({ inputShape: [1, 2, 1] }), new PSSiLU()] });
    const [alpha, beta] = fromLayersModel(net, { bounds: [0, 1] }).parameters();
    expect(alpha).toMatchObject({ name: 'pssilu/alpha', decay: true });
    expect(beta).toMatchObject({ name: 'pssilu/beta', decay: true, clipNorm: 0.1 });
  });
});

describe('beside other layers', () => {
  it('stock PReLU, ELU, LeakyReLU and BatchNormalization reload unchanged', async () => {
    const stock = [
      layers.prelu({ inputShape: [2], alphaInitializer: initializers.randomNormal({ seed: 3 }) }),
      layers.elu(),
      layers.batchNormalization({ momentum: 0.8, gammaInitializer: initializers.randomNormal({ seed: 4 }) }),
      layers.leakyReLU({ alpha: 0.2 }),
      layers.reLU({ maxValue: 3 }),
    ];
    const original = sequential({ layers: stock });
    const again = await reload(original);
    again.layers.forEach((each, i) => {
      expect(each.constructor).toBe(stock[i].constructor);
      expect(each.getConfig()).toEqual(stock[i].getConfig());
    });
    expect(distance(original, again)).toBe(0);
  });
});

describe('options', () => {
  it.each([
    [() => new PSSiLU({ alpha: 0 }), RangeError, 'PSSiLU: alpha must be a finite number > 0, got 0'],
    [() => new PSSiLU({ beta: 1 }), RangeError, 'PSSiLU: beta must be a finite number >= 0 and < 1, got 1'],
    [() => new PSSiLU({ penalty: -1 }), RangeError, 'penalty must be a finite number >= 0, got -1'],
    [() => new PSSiLU({ clipNorm: 0 }), RangeError, 'clipNorm must be a finite number > 0 or null, got 0'],
    [() => new PSSiLU({ learn: ['gamma'] as never }), RangeError, 'learn must be an array of one of "alpha", "beta"'],
    [() => new PSoftplus({ beta: 1 } as never), TypeError, 'PSoftplus: unknown option "beta"'],
    [() => new PSoftplus({ alpha: '1' as never }), TypeError, 'alpha must be a finite number > 0, got "1"'],
    [() => new PSiLU({ alpha: -1 }), RangeError, 'PSiLU: alpha must be a finite number > 0, got -1'],
    [() => new SSiLU({ beta: 1 }), RangeError, 'SSiLU: beta must be a finite number >= 0 and < 1, got 1'],
    [() => new SmoothReLU({ alpha: 4 } as never), TypeError, 'SmoothReLU: unknown option "alpha"'],
    [
      () => new GELU({ approximation: 'none' as never }),
      RangeError,
      'GELU: approximation must be one of "erf", "tanh"',
    ],
    [() => new ELU({ learn: [] } as never), TypeError, 'ELU: unknown option "learn"'],
    [() => new PReLU({ perChannel: 1 as never }), TypeError, 'PReLU: perChannel must be true or false, got 1'],
    [() => new ReLU({ maxValue: 6 } as never), TypeError, 'ReLU: unknown option "maxValue"'],
  ])('%s', (make, kind, message) => {
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});
