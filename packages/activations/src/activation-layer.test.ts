import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { fromLayersModel, modes } from '@agoge/core';
import {
  abs,
  add,
  grad,
  io,
  max,
  mean,
  memory,
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
  loadLayersModel,
  model,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ActivationLayer, PSoftplus, PSSiLU, ReLU } from './index';
import './register';
import { activations } from './registry';

/** `uses` places in a row that share one layer. */
function chain(layer: layers.Layer, uses: number): LayersModel {
  const x = input({ shape: [2] });
  let y = x;
  for (let i = 0; i < uses; i++) y = layer.apply(y) as typeof x;
  return model({ inputs: x, outputs: y });
}

/** Through JSON and bytes, as a file would. */
async function reload(given: LayersModel): Promise<LayersModel> {
  let kept: io.ModelArtifacts = {};
  await given.save(
    io.withSaveHandler(async (artifacts) => {
      kept = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(io.fromMemory({ ...kept, modelTopology: JSON.parse(JSON.stringify(kept.modelTopology)) }));
}

const points = () => tensor2d([-3, -0.4, 0.2, 5], [2, 2]);
const values = (layer: layers.Layer) => layer.getWeights().map((each) => each.dataSync()[0]);
const set = (layer: layers.Layer, weights: number[]) => layer.setWeights(weights.map((value) => tensor1d([value])));
const distance = (a: LayersModel, b: LayersModel, x = points()) =>
  max(abs(sub(a.predict(x) as Tensor, b.predict(x) as Tensor))).dataSync()[0];
const variable = (weight: LayerVariable) => weight.read() as Variable;
const names = Object.keys(activations) as (keyof typeof activations)[];

describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  beforeAll(async () => {
    await setBackend(backendName);
  });

  it.each(names)('%s saves and reloads to the same numbers', async (name) => {
    const layer = activations[name]();
    const original = chain(layer, 2);
    set(layer, [1.3, 0.2].slice(0, layer.getWeights().length));
    const again = await reload(original);
    expect(again.layers[1].getClassName()).toBe(layer.getClassName());
    expect(layer.getClassName()).toMatch(/^Agoge/);
    expect(distance(original, again)).toBe(0);
    expect(again.layers[1].getConfig()).toEqual(layer.getConfig());
  });

  it.each(names)('%s leaves no tensor but its weights, and those go with it', (name) => {
    const before = memory().numTensors;
    const layer = activations[name]();
    tidy(() => void grad((x) => sum(layer.apply(x as Tensor) as Tensor))(points()));
    expect(memory().numTensors - before).toBe(layer.weights.length);
    layer.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it.each([1, 17])('the penalty counts once for %i uses: in fit and in our own loop', async (uses) => {
    const layer = new PSSiLU({ beta: 0.3 });
    const net = chain(layer, uses);
    const free = (_: Tensor, y: Tensor) => mul(mean(y), 0); // leaves the penalty alone as the loss
    net.compile({ optimizer: train.sgd(0.01), loss: free });
    const { history } = await net.fit(points(), points(), { epochs: 2, batchSize: 2, verbose: 0 });
    expect(history.loss[0]).toBeCloseTo(3, 5); // 10 * 0.3
    expect(history.loss[1]).toBeCloseTo(2, 5); // a step of 0.01 * 10 less
    expect(values(layer)[1]).toBeCloseTo(0.1, 6);
    const images = sequential({ layers: [layers.flatten({ inputShape: [1, 2, 1] }), net] });
    expect(
      fromLayersModel(images, { bounds: [0, 1] })
        .penalty()
        .dataSync()[0],
    ).toBeCloseTo(1, 5);
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
    expect(start(new PSoftplus())).toEqual([1]);
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
    expect(new PSoftplus().trainingHints()).toEqual({ alpha: { decay: true } });
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
    [() => new ReLU({ maxValue: 6 } as never), TypeError, 'ReLU: unknown option "maxValue"'],
  ])('%s', (make, kind, message) => {
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});
