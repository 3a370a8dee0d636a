import { fromLayersModel, modes } from '@agoge/core';
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  backend,
  clipByValue,
  dispose,
  grad,
  keep,
  losses,
  memory,
  mul,
  oneHot,
  type Scalar,
  sign,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  train,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { relativeError } from './conformance/float64/relative-error';
import { values } from './conformance/float64/values';
import { useBackend } from './use-backend';

function smallCnn(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same' }),
      layers.elu(),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.flatten(),
      layers.dense({ units: 64, activation: 'relu' }),
      layers.dense({ units: 10 }),
    ],
  });
}

/** A stem, a plain block and a block of stride 2 with a 1x1 shortcut: CIFAR ResNet-18 in small. */
function resnet(): LayersModel {
  const norm = (x: SymbolicTensor) => layers.batchNormalization({ momentum: 0.9 }).apply(x) as SymbolicTensor;
  const conv = (x: SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    norm(layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }).apply(x) as SymbolicTensor);
  const relu = (x: SymbolicTensor) => layers.reLU().apply(x) as SymbolicTensor;
  const block = (x: SymbolicTensor, filters: number, strides: number) => {
    const body = conv(relu(conv(x, filters, 3, strides)), filters, 3, 1);
    return relu(layers.add().apply([body, strides > 1 ? conv(x, filters, 1, strides) : x]) as SymbolicTensor);
  };
  const image = layers.input({ shape: [8, 8, 3] });
  const features = block(block(relu(conv(image, 8, 3, 1)), 8, 1), 16, 2);
  const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(features);
  return model({ inputs: image, outputs: layers.dense({ units: 10 }).apply(pooled) as SymbolicTensor });
}

/** What stock tfjs trains on no backend (dilations) or not on wasm (depthwise). */
function dilated(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [9, 8, 3], filters: 8, kernelSize: 3, padding: 'same', dilationRate: 2 }),
      layers.elu(),
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same', useBias: false }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.reLU(),
      layers.separableConv2d({ filters: 12, kernelSize: 3, padding: 'same', dilationRate: [3, 2], useBias: false }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.flatten(),
      layers.dense({ units: 10 }),
    ],
  });
}

const networks: [name: string, build: () => LayersModel][] = [
  ['a small CNN', smallCnn],
  ['a ResNet of two blocks', resnet],
  ['a network of dilated and depthwise convolutions', dilated],
];

/** The same weights on every backend: small, variances about one. */
function setWeights(network: LayersModel): void {
  const weights = network.weights.map(({ name, shape }, i) => {
    const size = shape.reduce((a: number, b) => a * (b ?? 1), 1);
    const scale =
      name.includes('variance') || name.includes('gamma') ? 0.1 : 1.5 * (size / (shape.at(-1) ?? 1)) ** -0.5;
    const offset = name.includes('variance') || name.includes('gamma') ? 1 : 0;
    return tensor(
      values(size, i + 1).map((each) => offset + scale * each),
      shape as number[],
    );
  });
  network.setWeights(weights);
  dispose(weights);
}

type WasmHeap = { wasm: { HEAPU8: Uint8Array } };

const n = 6;
const images = (network: LayersModel) => {
  const [, height, width, channels] = network.inputs[0].shape as [null, number, number, number];
  return tensor4d(
    values(n * height * width * channels, 99).map((each) => 0.5 + each / 2),
    [n, height, width, channels],
  );
};
const labels = () => oneHot(tensor1d([0, 3, 9, 5, 3, 1], 'int32'), 10) as Tensor2D;

const loss = (network: LayersModel, x: Tensor4D, y: Tensor2D): Scalar =>
  losses.softmaxCrossEntropy(y, fromLayersModel(network, { bounds: [0, 1] }).forward(x, modes.update));

async function gradients(build: () => LayersModel): Promise<Record<string, ArrayLike<number>>> {
  const network = build();
  setWeights(network);
  const found = tidy(() => {
    const [x, y] = [images(network), labels()];
    const { value, grads } = variableGrads(() => loss(network, x, y));
    return { value, input: grad((image) => loss(network, image as Tensor4D, y))(x), ...inOrder(network, grads) };
  });
  const entries = Object.entries(found).map(async ([name, each]) => [name, await each.data()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** By position and the last part of the name: tfjs numbers the layers of each network anew. */
const inOrder = (network: LayersModel, grads: Record<string, Tensor>) =>
  Object.fromEntries(
    network.trainableWeights.map(({ originalName, name }, i) => [
      `${i}/${originalName.split('/').at(-1)}`,
      grads[name] ?? grads[originalName],
    ]),
  );

describe('whole networks of stock layers', () => {
  it.each(networks)('%s has the same gradients on wasm as on cpu', async (_name, build) => {
    await useBackend('cpu');
    const expected = await gradients(build);
    await useBackend('wasm');
    const actual = await gradients(build);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) {
      const magnitude = Math.max(...Array.from(values, Math.abs));
      expect(magnitude, name).toBeGreaterThan(1e-6);
      const scaled = (each: ArrayLike<number>) => Array.from(each, (value) => value / magnitude);
      expect(relativeError(scaled(actual[name]), scaled(values)), name).toBeLessThan(1e-4);
    }
  });

  it.each(networks)('%s trains on attacked images for 200 steps without leak or growth', async (_name, build) => {
    await useBackend('wasm');
    const network = build();
    setWeights(network);
    const optimizer = train.momentum(0.01, 0.9);
    const [x, y] = [images(network), labels()];
    const attackedLoss = (): Scalar => {
      let adversarial: Tensor4D = x;
      for (let i = 0; i < 2; i++) {
        const g = grad((image) => loss(network, image as Tensor4D, y))(adversarial) as Tensor4D;
        adversarial = clipByValue(add(adversarial, mul(sign(g), 0.01)) as Tensor4D, 0, 1);
      }
      const value = optimizer.minimize(() => loss(network, adversarial, y), true) as Scalar;
      return keep(value);
    };
    const step = async () => {
      const value = tidy(attackedLoss);
      const number = (await value.data())[0];
      value.dispose();
      return number;
    };
    const heap = () => (backend() as unknown as WasmHeap).wasm.HEAPU8.byteLength;
    const losing: number[] = [];
    for (let i = 0; i < 5; i++) losing.push(await step());
    const [before, bytes] = [memory(), heap()];
    for (let i = 0; i < 200; i++) losing.push(await step());
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(heap()).toBe(bytes);
    expect(losing.at(-1)).toBeLessThan(losing[0] / 2);
    network.dispose();
    optimizer.dispose();
    dispose([x, y]);
  });
});
