// `node bench/architecture-weights.mjs FOLDER [--backend wasm] [--only resnet]`: other people's weights in our networks. FOLDER is
// what peers/foreign_networks.py wrote: state dicts of their networks, images and their logits. Each is loaded strictly into the
// network that it is here; prints how many of its names matched and how far the logits are apart, and ends with 1 where
// something did not match or differs by more than 1e-4 of the largest logit. Runs on `dist`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { activations } from '@agoge/activations/registry';
import { loadStateDict } from '@agoge/architectures';
import { architectures } from '@agoge/architectures/registry';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, readSafetensors, toTypedArray } from '@agoge/core';
import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { padded } from './cells.mjs';

const { values, positionals } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, only: { type: 'string', default: '' } },
  allowPositionals: true,
});
const [folder] = positionals;
const close = 1e-4;

if (values.backend === 'onnx') await import('@agoge/backend-onnx');
await useBackend(values.backend);
const networks = JSON.parse(readFileSync(join(folder, 'networks.json'), 'utf8'));
const rows = [];
for (const network of networks.filter(({ name }) => name.includes(values.only))) rows.push(await compare(network));
const head = ['theirs', 'ours', 'names', 'matched', 'ignored', 'pixels', 'largest logit', 'largest difference', ''];
process.stdout.write(`${padded([head, ...rows]).join('\n')}\n`);
process.exit(rows.every((row) => row.at(-1) === 'equal') ? 0 : 1);

async function compare({ name, keys, architecture, options, activation, pixels }) {
  const ours = `${architecture} ${JSON.stringify(options)}`;
  const layer = activation ? { activation: activations[activation]() } : {};
  const model = architectures[architecture]({ ...options, ...layer, initializer: 'zeros' });
  try {
    const report = loadStateDict(model, read(`${name}.safetensors`));
    const counted = Object.values(report.pixels).length;
    const f = fromLayersModel(model, { bounds: [0, 1], ...report.pixels, ...pixels });
    const figures = read(`${name}.figures.safetensors`);
    const [images, theirs] = ['images', 'logits'].map((each) => figures.get(each));
    const logits = await tidy(() => f(transpose(tensorOf(images), [0, 2, 3, 1]))).data();
    const wanted = toTypedArray(theirs);
    const largest = Math.max(...wanted.map(Math.abs));
    const difference = Math.max(...wanted.map((each, i) => Math.abs(each - logits[i])));
    const verdict = difference < close * Math.max(1, largest) ? 'equal' : 'OTHER LOGITS';
    const names = [keys, report.matched.length, report.ignored.length, counted].map(String);
    return [name, ours, ...names, largest.toFixed(2), difference.toExponential(1), verdict];
  } catch (error) {
    return [name, ours, String(keys), '', '', '', '', '', error.message.slice(0, 300)];
  } finally {
    model.dispose();
  }
}

function read(file) {
  return readSafetensors(readFileSync(join(folder, file))).tensors;
}

function tensorOf(entry) {
  return tensor(toTypedArray(entry), entry.shape);
}
