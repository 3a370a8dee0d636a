// Trains what the page shows, as `agoge train` does: `npm run train`, about ten minutes. Into public/models go the classifiers,
// each a folder, and learned.json: what the activations that learn came to in such a network, and how it then reads the test digits.
// Written as JSON.stringify does; `npx biome format --write examples/playground` makes them as the rest of the repository is.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScalars } from '@agoge/activations';
import { activations } from '@agoge/activations/registry';
import { loadWeights } from '@agoge/adv-train';
import { smallCnn } from '@agoge/architectures';
import { pgdAttack } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { evaluate } from '@agoge/benchmarks';
import { main } from '@agoge/benchmarks/cli';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';

const models = fileURLToPath(new URL('public/models', import.meta.url));
const common = ['--data', 'digits', '--arch', 'smallCnn', '--seed', '0'];
const standard = ['--objective', 'standard'];
const robust = ['--objective', 'at', '--eps', '0.2', '--objective-options', '{"steps":5,"stepSize":0.05}'];
const long = ['--epochs', '40', '--validate', '360'];
const short = ['--epochs', '15', '--validate', '0'];

/** The same small network each time. */
const shipped = {
  standard: ['--activation', 'relu', ...standard, ...long],
  'robust-relu': ['--activation', 'relu', ...robust, ...long],
  'robust-pssilu': ['--activation', 'pssilu', ...robust, ...long],
};
const learning = ['psilu', 'pssilufixedbeta', 'psoftplus', 'prelu', 'pelu', 'pblu', 'pprelu', 'ppelu', 'smoothrelu'];

await useBackend('auto');

async function train(folder, options) {
  const code = await main(['train', ...common, ...options, '--out', folder]);
  if (code !== 0) process.exit(code);
  for (const name of await readdir(folder)) if (name.startsWith('checkpoint')) await rm(join(folder, name));
}

/** What the activation of a trained network came to, and how the network reads the test digits. */
async function cameTo(folder) {
  const { architecture, activation, training } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const model = smallCnn({ ...architecture.options, activation: activations[activation.name](activation.options) });
  const f = fromLayersModel(model, { bounds: [0, 1] });
  loadWeights(f, await readFile(join(folder, 'model.safetensors')));
  const attacks = [pgdAttack({ eps: 0.2, steps: 10 })];
  const { cleanAccuracy, robustAccuracy } = await evaluate(f, digits({ split: 'test' }), { attacks });
  const scalars = await readScalars(model);
  model.dispose();
  const learned = Object.fromEntries(scalars.map(({ name, value }) => [name.slice(name.lastIndexOf('/') + 1), value]));
  return { learned, epochs: training.epochs, clean: cleanAccuracy, robust: robustAccuracy };
}

for (const [name, options] of Object.entries(shipped)) await train(join(models, name), options);
const learned = {};
for (const [name, folder] of [
  ['relu', 'robust-relu'],
  ['pssilu', 'robust-pssilu'],
]) {
  learned[name] = await cameTo(join(models, folder));
}
const scratch = await mkdtemp(join(tmpdir(), 'agoge-playground-'));
for (const name of learning) {
  const folder = join(scratch, name);
  await train(folder, ['--activation', name, ...robust, ...short]);
  learned[name] = await cameTo(folder);
}
await rm(scratch, { recursive: true });
await writeFile(join(models, 'learned.json'), `${JSON.stringify(learned, null, 2)}\n`);
