// `node bench/pooling.mjs [--backend auto] [--epochs 30] [--json FILE]`: RCM's theory in numbers. How far average and max pooling
// move, by the size of the map that is pooled: on noise, beside the bounds, and on a small network that is trained here on the
// digits against PGD (less than a minute), under PGD and under noise of the same size. Runs on `dist`. The figures that the plot in
// the README of `@agoge/architectures` is drawn from are its `docs/pooling.json`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { adversarialTraining, fit } from '@agoge/adv-train';
import {
  averagePoolBound,
  consistentAccuracy,
  maxPoolBound,
  perturbationOfMaps,
  poolingPerturbation,
  smallCnn,
} from '@agoge/architectures';
import { pgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, perExample, signs } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { add, clipByValue, mul, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { padded } from './cells.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'auto' },
    epochs: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const { why } = await useBackend(values.backend);
const epochs = Number(values.epochs);
const [eps, layer, sizes, seed] = [0.1, 'act1', [1, 2, 4, 8, 16], 0];

const bounds = sizes.map((size) => ({ size, average: averagePoolBound(size), max: maxPoolBound(size) }));
const noise = poolingPerturbation({ sizes, seed });

const model = smallCnn({ upsample: { factor: 2 }, seed });
const f = fromLayersModel(model, { bounds: [0, 1] });
const objective = adversarialTraining({ eps, steps: 5 });
await fit(f, digits(), { objective, epochs, batchSize: 64, seed });

const { x, y } = await testImages();
const attacked = (await pgd(f, x, y, { eps, steps: 20, seed })).x;
const shaken = tidy(() => clipByValue(add(x, mul(tensor4d(signsOf(x), x.shape), eps)), 0, 1));
const under = async (perturbed) => ({
  consistent: await consistentAccuracy(f, x, perturbed),
  moves: await perturbationOfMaps(model, x, perturbed, { layer, sizes }),
});
const network = {
  about: `smallCnn({ upsample: { factor: 2 } }), ${epochs} epochs on the digits against PGD; the map of ${layer}`,
  eps,
  pgd: await under(attacked),
  signs: await under(shaken),
};

print('noise N(0, 1): bounds with probability 0.95', bounds);
print('noise N(0, 1): means of 10,000 maps', noise);
for (const kind of ['pgd', 'signs']) {
  const percent = (100 * network[kind].consistent).toFixed(1);
  print(`${network.about}, under ${kind} of ${eps}: ${percent} % of 360 classes stay`, network[kind].moves);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ backend: why, bounds, noise, network }, round, 2)}\n`);

async function testImages() {
  const data = digits({ split: 'test' });
  for await (const { x, shape, y } of data.batches({ batchSize: data.examples })) {
    return { x: tensor4d(x, shape), y: tensor1d(y, 'int32') };
  }
}

/** -1 or 1 for each pixel, of each image by its number. */
function signsOf({ shape: [n, ...image] }) {
  const index = Float64Array.from({ length: n }, (_, i) => i);
  return perExample(
    signs,
    { seed, stream: 'pooling/signs' },
    index,
    image.reduce((a, b) => a * b),
  );
}

function print(title, moves) {
  const cells = moves.map(({ size, average, max }) => [`${size} x ${size}`, average.toFixed(4), max.toFixed(4)]);
  console.log(`\n${title}\n${padded([['map', 'average pooling', 'max pooling'], ...cells]).join('\n')}`);
}

function round(_, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
