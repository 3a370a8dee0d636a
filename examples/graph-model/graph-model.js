// A GraphModel as tensorflowjs_converter writes it; this program never imports tfjs-layers, which brings tfjs's gradients.
import { readFile } from 'node:fs/promises';
import { apgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromGraphModel } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { io, tensor1d, tensor4d } from '@tensorflow/tfjs-core';

await useBackend('auto');

const read = (name) => readFile(new URL(`model/${name}`, import.meta.url));
const { weightsManifest, ...artifacts } = JSON.parse(await read('model.json'));
const weightData = new Uint8Array(await read('group1-shard1of1.bin')).buffer;
const model = await loadGraphModel(
  io.fromMemory({ ...artifacts, weightSpecs: weightsManifest[0].weights, weightData }),
);

// The softmax at the graph's end is left out.
const f = fromGraphModel(model, { bounds: [0, 1] });
for await (const { x, shape, y } of digits({ split: 'test' }).batches({ batchSize: 360 })) {
  const images = tensor4d(x, shape);
  for (const eps of [0, 0.05, 0.1, 0.15]) {
    const { broken } = await apgd(f, images, tensor1d(y, 'int32'), { eps, steps: 20 });
    const right = broken.filter((each) => each === 0).length;
    console.log(`eps ${eps.toFixed(2)}: ${right} of ${y.length} still classified right`);
  }
}
