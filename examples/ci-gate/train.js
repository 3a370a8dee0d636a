// Writes model/: a small network, trained adversarially on the digits, as TensorFlow.js keeps a LayersModel.
import { mkdir, writeFile } from 'node:fs/promises';
import { adversarialTraining, fit, piecewise } from '@agoge/adv-train';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { io } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';

await useBackend('auto');
const he = (seed) => ({ kernelInitializer: tf.initializers.heNormal({ seed }), activation: 'relu' });
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 16, kernelSize: 3, padding: 'same', ...he(1) }),
    tf.layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, ...he(2) }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 64, ...he(3) }),
    tf.layers.dense({ units: 10, ...he(4), activation: 'softmax' }),
  ],
});
await fit(fromLayersModel(model, { bounds: [0, 1] }), digits({ split: 'train' }), {
  objective: adversarialTraining({ eps: 0.15, steps: 5 }),
  schedule: piecewise({ learningRate: 0.05, milestones: [12], factor: 0.1 }),
  epochs: 15,
});

const folder = new URL('model/', import.meta.url);
await mkdir(folder, { recursive: true });
await model.save(
  io.withSaveHandler(async ({ modelTopology, weightSpecs: weights, weightData }) => {
    const weightsManifest = [{ paths: ['weights.bin'], weights }];
    const text = JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest });
    await writeFile(new URL('weights.bin', folder), new Uint8Array(weightData));
    await writeFile(new URL('model.json', folder), `${text}\n`);
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  }),
);
