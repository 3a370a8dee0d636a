import '@tensorflow/tfjs-backend-cpu';
import { fromLayersModel, modes, normal } from '@agoge/core';
import { io, setBackend, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormalization } from './batch-normalization';
import './register';
import { resnet18 } from './resnet';
import { smallCnn } from './small-cnn';

beforeAll(async () => {
  await setBackend('cpu');
});

const images = tensor4d(normal({ seed: 1, stream: 'images' }, 2 * 64), [2, 8, 8, 1]);

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

describe('with @agoge/architectures/register, loadLayersModel', () => {
  it.each([
    ['smallCnn', () => smallCnn({ width: 4, normalization: 'batch' })],
    ['resnet18', () => resnet18({ inputShape: [8, 8, 1], width: 4, activation: layers.elu({ name: 'shared' }) })],
  ])('loads what was saved: %s', async (_, build) => {
    const network = build();
    fromLayersModel(network, { bounds: [0, 1] })
      .forward(images, modes.update)
      .dispose();
    const again = await reloaded(network);
    expect(again.weights.map((weight) => weight.originalName)).toEqual(
      network.weights.map((weight) => weight.originalName),
    );
    expect(await (again.predict(images) as Tensor).data()).toEqual(await (network.predict(images) as Tensor).data());
    const f = fromLayersModel(again, { bounds: [0, 1] });
    expect(await f.forward(images, modes.update).data()).not.toEqual(await f(images).data());
  });

  it('keeps momentum and epsilon', async () => {
    const network = sequential({ layers: [layers.inputLayer({ inputShape: [8, 8, 1] })] });
    network.add(batchNormalization({ momentum: 0.25, epsilon: 0.01, name: 'bn' }));
    const { momentum, epsilon } = (await reloaded(network)).getLayer('bn').getConfig();
    expect([momentum, epsilon]).toEqual([0.25, 0.01]);
  });

  it("leaves tfjs's own PReLU, ELU and BatchNormalization as they were", async () => {
    const network = sequential();
    network.add(layers.conv2d({ inputShape: [8, 8, 1], filters: 3, kernelSize: 3 }));
    network.add(layers.batchNormalization());
    network.add(layers.prelu({ alphaInitializer: initializers.randomNormal({ seed: 1 }) }));
    network.add(layers.elu());
    const again = await reloaded(network);
    expect(again.layers.map((layer) => layer.constructor)).toEqual(network.layers.map((layer) => layer.constructor));
    expect(again.layers.map((layer) => layer.getConfig())).toEqual(network.layers.map((layer) => layer.getConfig()));
    expect(await (again.predict(images) as Tensor).data()).toEqual(await (network.predict(images) as Tensor).data());
  });
});
