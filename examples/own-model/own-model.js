// The model is plain TensorFlow.js, trained by model.fit, with a softmax at its end; its attack takes five lines.

import { pgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';

await useBackend('auto');

/** All examples of a split as tensors. */
async function tensors(split) {
  const data = digits({ split });
  for await (const { x, shape, y } of data.batches({ batchSize: data.examples }))
    return [tensor4d(x, shape), tensor1d(y, 'float32')];
}

// Yours, made as you like.
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 16, kernelSize: 3, activation: 'relu' }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
await model.fit(...(await tensors('train')), { epochs: 10, verbose: 0 });

// The attack: the softmax is left out for it, and the model is not changed.
const f = fromLayersModel(model, { bounds: [0, 1] });
const [x, y] = await tensors('test');
for (const eps of [0, 0.05, 0.1, 0.2]) {
  const { broken } = await pgd(f, x, y, { eps, steps: 20 });
  const right = broken.filter((each) => each === 0).length;
  console.log(`eps ${eps.toFixed(2)}: ${right} of ${broken.length} still classified right`);
}
