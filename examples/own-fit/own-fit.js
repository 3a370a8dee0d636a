// Your model, your tf.data pipeline, your model.fitDataset: trained as you do, then on adversarial batches of the same pipeline.
import { adversarialDataset, adversarialTraining, robustAccuracy } from '@agoge/adv-train';
import { pgdAttack } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { cast, oneHot, tensor3d, tidy, train } from '@tensorflow/tfjs-core';
import { generator } from '@tensorflow/tfjs-data';
import * as tf from '@tensorflow/tfjs-layers';

await useBackend('auto');

// Yours.
const pipeline = generator(async function* () {
  for await (const { x, y } of digits({ split: 'train' }).batches({ batchSize: 1 }))
    yield { xs: tensor3d(x, [8, 8, 1]), ys: tidy(() => cast(oneHot(y[0], 10), 'float32')) };
})
  .shuffle(500, 'a seed')
  .batch(50);

function build() {
  const he = (seed) => ({ kernelInitializer: tf.initializers.heNormal({ seed }), activation: 'relu' });
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 8, kernelSize: 3, ...he(1) }));
  model.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, ...he(2) }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 10, ...he(3), activation: 'softmax' }));
  model.compile({ optimizer: train.adam(0.01), loss: 'categoricalCrossentropy' });
  return model;
}

// What is added: batches perturbed at each step's weights, and a callback that measures.
const [eps, bounds] = [0.15, [0, 1]];
const adversarial = (model) =>
  adversarialDataset(pipeline, model, { objective: adversarialTraining({ eps, steps: 2 }), bounds });
const measured = (model) =>
  robustAccuracy(fromLayersModel(model, { bounds }), {
    ...{ data: digits({ split: 'test' }), attacks: [pgdAttack({ eps, steps: 10 })], every: 4 },
  });

for (const [name, batchesOf] of [
  ['as it was', () => pipeline],
  ['adversarially', adversarial],
]) {
  const model = build();
  const { history } = await model.fitDataset(batchesOf(model), { epochs: 4, verbose: 0, callbacks: measured(model) });
  const [clean, robust] = ['val_clean_accuracy', 'val_robust_accuracy'].map((key) =>
    (100 * history[key][0]).toFixed(1),
  );
  console.log(`${name}: clean ${clean} %, robust ${robust} %`);
}
