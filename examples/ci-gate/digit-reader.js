// The app: reads a handwritten digit of 8 x 8 pixels. `node digit-reader.js` reads the first ten of the test images.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@agoge/backends';
import { digits } from '@agoge/datasets';
import { argMax, io, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

const folder = new URL('model/', import.meta.url);

/** The model that the app ships: what the gate must look at. */
export async function loadModel() {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(new URL('model.json', folder), 'utf8'));
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const weightData = new Uint8Array(await readFile(new URL(paths[0], folder))).buffer;
  return loadLayersModel(io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/** The digits of images of 8 x 8, from 0 to 1, one after another. */
export async function readDigits(model, pixels) {
  const answers = tidy(() => argMax(model.predict(tensor4d(pixels, [pixels.length / 64, 8, 8, 1])), 1));
  const read = [...(await answers.data())];
  answers.dispose();
  return read;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await useBackend('auto');
  const model = await loadModel();
  for await (const { x, y } of digits({ split: 'test' }).batches({ batchSize: 10 })) {
    console.log(`read ${(await readDigits(model, x)).join(' ')}, written ${[...y].join(' ')}`);
    break;
  }
}
