import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { type ForwardMode, modes, normal } from '@agoge/core';
import {
  grad,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input, model as makeModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchNormalization, batchNormalization } from './batch-normalization';

const golden = new URL('../../../../shared/golden/ops.json', import.meta.url);
const shape = [3, 2, 2, 2] as const;
const channels = 2;
const values = [...normal({ seed: 1, stream: 'x' }, 24)].map((each) => 2 * each + 0.5);
const upstream = [...normal({ seed: 1, stream: 'dy' }, 24)];
const state = { weight: [1.2, -0.7], bias: [0.3, 0.1], running_mean: [0.2, -0.4], running_var: [1.5, 0.6] };
const epsilon = 1e-5;
const mode = (statistics: ForwardMode['statistics']): ForwardMode => ({ ...modes.evaluate, statistics });

beforeAll(async () => {
  await setBackend('cpu');
});

/** A layer for two channels, its weights those of `state`. */
function built(
  weights: Record<string, number[]> = state,
  options = {},
  images: readonly (number | null)[] = [null, null, channels],
): BatchNormalization {
  const layer = batchNormalization({ name: 'bn', ...options });
  layer.apply(input({ shape: [...images] }));
  tidy(() => layer.setWeights(layer.weights.map(({ originalName }) => tensor1d(weights[originalName.slice(3)]))));
  return layer;
}

async function read(layer: BatchNormalization, name: string): Promise<number[]> {
  const weight = layer.weights.find(({ originalName }) => originalName === `bn/${name}`);
  return weight ? [...(await weight.read().data())] : [];
}

/** Mean and biased variance per channel, in float64. */
function statisticsOf(x: number[]): { mean: number[]; variance: number[] } {
  const of = (channel: number) => x.filter((_, i) => i % channels === channel);
  const average = (some: number[]) => some.reduce((total, each) => total + each, 0) / some.length;
  const mean = [0, 1].map((channel) => average(of(channel)));
  return { mean, variance: [0, 1].map((channel) => average(of(channel).map((each) => (each - mean[channel]) ** 2))) };
}

/** The layer in float64, straight from its formula. */
function reference(x: number[], batch: boolean, { weight, bias, running_mean, running_var } = state): number[] {
  const { mean, variance } = batch ? statisticsOf(x) : { mean: running_mean, variance: running_var };
  return x.map((each, i) => {
    const channel = i % channels;
    return (weight[channel] * (each - mean[channel])) / Math.sqrt(variance[channel] + epsilon) + bias[channel];
  });
}

/** The gradient of sum(dy * f(values)) by central differences, in float64. */
function differences(at: number[], f: (values: number[]) => number[]): number[] {
  const loss = (some: number[]) => f(some).reduce((total, each, i) => total + each * upstream[i], 0);
  const moved = (i: number, by: number) => at.map((each, k) => (k === i ? each + by : each));
  return at.map((_, i) => (loss(moved(i, 1e-5)) - loss(moved(i, -1e-5))) / 2e-5);
}

function expectNear(actual: ArrayLike<number>, expected: number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((each, i) => {
    expect(Math.abs(actual[i] - each), `at ${i}: ${actual[i]} for ${each}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(each)),
    );
  });
}

describe.each(['running', 'batch', 'batch-and-update'] as const)('batch normalisation, statistics %s', (statistics) => {
  const batch = statistics !== 'running';

  it('is its formula', async () => {
    const layer = built();
    const y = layer.apply(tensor4d(values, [...shape]), mode(statistics)) as Tensor;
    expect(y.shape).toEqual([...shape]);
    expectNear(await y.data(), reference(values, batch), 1e-6);
    layer.dispose();
  });

  it('has the gradients that central differences give', async () => {
    const layer = built();
    const x = tensor4d(values, [...shape]);
    const dy = tensor4d(upstream, [...shape]);
    const loss = (images: Tensor) => sum<Scalar>(mul(layer.apply(images, mode(statistics)) as Tensor, dy));
    expectNear(
      await grad(loss)(x).data(),
      differences(values, (each) => reference(each, batch)),
      1e-5,
    );

    const trainable = layer.trainableWeights.map((each) => each.read() as Variable);
    const { grads } = variableGrads(() => loss(x), trainable);
    const expected = {
      weight: differences(state.weight, (weight) => reference(values, batch, { ...state, weight })),
      bias: differences(state.bias, (bias) => reference(values, batch, { ...state, bias })),
    };
    for (const { originalName, name } of layer.trainableWeights) {
      expectNear(await grads[name].data(), expected[originalName.slice(3) as 'weight' | 'bias'], 1e-5);
    }
    layer.dispose();
  });

  it('moves the running statistics in mode batch-and-update alone, by the unbiased variance', async () => {
    const layer = built();
    const loss = (images: Tensor) => sum<Scalar>(layer.apply(images, mode(statistics)) as Tensor);
    grad(loss)(tensor4d(values, [...shape]));
    const { mean, variance } = statisticsOf(values);
    const n = values.length / channels;
    const moved = (from: number[], to: number[]) => from.map((each, i) => 0.9 * each + 0.1 * to[i]);
    const update = statistics === 'batch-and-update';
    const { running_mean, running_var } = state;
    const unbiased = variance.map((each) => (each * n) / (n - 1));
    expectNear(await read(layer, 'running_mean'), update ? moved(running_mean, mean) : running_mean, 1e-6);
    expectNear(await read(layer, 'running_var'), update ? moved(running_var, unbiased) : running_var, 1e-6);
    layer.dispose();
  });

  it('leaks nothing, forward or backward', () => {
    const x = tensor4d(values, [...shape]);
    const layer = built();
    const apply = (images: Tensor) => layer.apply(images, mode(statistics)) as Tensor;
    const before = memory().numTensors;
    apply(x).dispose();
    expect(memory().numTensors).toBe(before);
    grad((images: Tensor) => sum<Scalar>(apply(images)))(x).dispose();
    expect(memory().numTensors).toBe(before);
    layer.dispose();
    expect(memory().numTensors).toBe(before - 4);
  });
});

interface GoldenCase {
  op: string;
  name: string;
  training: boolean;
  epsilon: number;
  gamma: number[];
  beta: number[];
  moving_mean: number[];
  moving_variance: number[];
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
  moving_mean_after_torch?: number[];
  moving_variance_after_torch_unbiased?: number[];
}

it.skipIf(!existsSync(golden))("agrees with PyTorch's float64 figures (needs ../shared/golden)", async () => {
  const { cases }: { cases: GoldenCase[] } = JSON.parse(readFileSync(golden, 'utf8'));
  const ours = cases.filter(({ op }) => op === 'batchNorm');
  expect(ours).toHaveLength(4);
  for (const each of ours) {
    const layer = built(
      { weight: each.gamma, bias: each.beta, running_mean: each.moving_mean, running_var: each.moving_variance },
      { epsilon: each.epsilon },
    );
    const statistics = mode(each.training ? 'batch-and-update' : 'running');
    const x = tensor(each.x) as Tensor4D;
    const loss = (images: Tensor) => sum<Scalar>(mul(layer.apply(images, statistics) as Tensor, tensor(each.dy)));
    const flat = (nested: unknown[]) => nested.flat(3) as number[];
    expectNear(
      await (layer.apply(x, { ...statistics, statistics: each.training ? 'batch' : 'running' }) as Tensor).data(),
      flat(each.y),
      1e-5,
    );
    expectNear(await grad(loss)(x).data(), flat(each.dx), 1e-5);
    if (each.moving_mean_after_torch && each.moving_variance_after_torch_unbiased) {
      expectNear(await read(layer, 'running_mean'), each.moving_mean_after_torch, 1e-6);
      expectNear(await read(layer, 'running_var'), each.moving_variance_after_torch_unbiased, 1e-6);
    }
    const { grads } = variableGrads(
      () => loss(x),
      layer.trainableWeights.map((weight) => weight.read() as Variable),
    );
    const [dgamma, dbeta] = layer.trainableWeights.map((weight) => grads[weight.name]);
    expectNear(await dgamma.data(), each.dgamma, 1e-5);
    expectNear(await dbeta.data(), each.dbeta, 1e-5);
  }
});

describe('batch normalisation without a mode, as stock tfjs calls it', () => {
  it('predicts by running statistics and fits by the batch, which it remembers', async () => {
    const x = input({ shape: [2, 2, channels] });
    const layer = batchNormalization({ name: 'bn' });
    const network = makeModel({ inputs: x, outputs: layer.apply(x) as typeof x });
    layer.setWeights(layer.weights.map(({ originalName }) => tensor1d(state[originalName.slice(3) as 'bias'])));
    const images = tensor4d(values, [...shape]);
    expectNear(await (network.predict(images) as Tensor).data(), reference(values, false), 1e-6);

    network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await network.fit(images, images, { batchSize: 3, epochs: 1, verbose: 0 });
    const { mean } = statisticsOf(values);
    const after = [...(await layer.weights[2].read().data())];
    expectNear(
      after,
      state.running_mean.map((each, i) => 0.9 * each + 0.1 * mean[i]),
      1e-6,
    );
    network.dispose();
  });

  it('takes inputs of rank 2, whatever their batch', async () => {
    const layer = built(state, {}, [channels]);
    const y = layer.apply(tensor(values, [12, 2]), mode('batch')) as Tensor;
    expectNear(await y.data(), reference(values, true), 1e-6);
    layer.dispose();
  });
});

describe('batch normalisation refuses', () => {
  it('statistics of a single value, and modes that are none', () => {
    const layer = built();
    const one = tensor4d([1, 2], [1, 1, 1, 2]);
    expect(() => layer.apply(one, mode('batch'))).toThrow('batchNormalization: bn cannot take batch statistics of one');
    expect(() => layer.apply(one, { statistics: 'frozen' })).toThrow(
      'batchNormalization: statistics must be one of "running", "batch", "batch-and-update", got "frozen"',
    );
    layer.dispose();
  });

  it('momentum and epsilon out of range, and unknown channels', () => {
    expect(() => batchNormalization({ momentum: 1.1 })).toThrow(
      'batchNormalization: momentum must be a finite number >= 0 and <= 1, got 1.1',
    );
    expect(() => batchNormalization({ epsilon: 0 })).toThrow('epsilon must be a finite number > 0, got 0');
    expect(() => batchNormalization().build([null, 2, 2, null])).toThrow('the number of channels must be known');
  });
});
