// `node bench/robust-overfitting.mjs --data-dir FOLDER [--out FILE.json] [--images 300] [--held-out 500] [--epochs 60] [--batch 50]
// [--width 8] [--gammas 0,0.01] [--seed 0] [--threads 2] [--smoke]`: robust overfitting (Rice et al. 2020), and what weights perturbed
// by so much (AWP; 0 is none) make of it. The preset `rice` on few images of cifar10-jpeg, not augmented, so that a narrow
// PreActResNet-18 can learn them by heart; PGD-10 on held-out images after every fifth epoch. Smoke: rendered shapes. Runs on `dist`.
import { basename, dirname } from 'node:path';
import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { fit } from '@agoge/adv-train';
import { planned, presets, withEpochs } from '@agoge/adv-train/presets';
import { preActResNet18 } from '@agoge/architectures';
import { pgdAttack } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { inMemory, shapes, split } from '@agoge/datasets';
import { openDataset } from '@agoge/datasets/node';
import { percent } from './cells.mjs';
import { loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    'data-dir': { type: 'string' },
    out: { type: 'string' },
    images: { type: 'string', default: '300' },
    'held-out': { type: 'string', default: '500' },
    epochs: { type: 'string', default: '60' },
    batch: { type: 'string', default: '50' },
    width: { type: 'string', default: '8' },
    gammas: { type: 'string', default: '0,0.01' },
    seed: { type: 'string', default: '0' },
    threads: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke } = values;
const [images, heldOut, epochs, batchSize, width] = smoke
  ? [16, 8, 5, 8, 2]
  : [values.images, values['held-out'], values.epochs, values.batch, values.width].map(Number);
const [seed, threads] = [values.seed, values.threads].map(Number);
const every = 5;
const eps = 8 / 255;

const report = (line) => stdout.write(`${line}\n`);
report(machineLine());
report(loadLine());
await import('@agoge/backend-onnx');
await useBackend('onnx', { onnx: { threads } });
const all = smoke
  ? shapes({ examples: 64, size: 32, classes: 10 })
  : await openDataset('cifar10-jpeg', { split: 'train' }, { folder: values['data-dir'] });
const [training, held] = await Promise.all(
  split(all, { counts: [images, heldOut], seed })
    .slice(0, 2)
    .map((part) => inMemory(part)),
);

const runs = {};
for (const gamma of values.gammas.split(',').map(Number)) {
  const name = gamma > 0 ? `AWP ${gamma}` : 'AT';
  const weightPerturbation = { name: 'awp', options: { gamma } };
  const plan = { ...withEpochs(presets.rice, epochs), batchSize, ...(gamma > 0 && { weightPerturbation }) };
  const model = preActResNet18({ width, seed });
  const history = await fit(fromLayersModel(model, { bounds: [0, 1] }), training, {
    ...planned(plan),
    seed,
    validation: { data: held, attacks: [pgdAttack({ eps, steps: 10, stepSize: eps / 4 })], every },
  });
  model.dispose();
  runs[name] = { plan, history };
  for (const { epoch, accuracy, robustAccuracy, belowBest, robustGap } of history.epochs) {
    if (robustAccuracy === undefined) continue;
    const lost = `${percent(belowBest)} below the best, ${percent(robustGap)} below the images trained on`;
    report(`${name}, epoch ${epoch + 1}: ${percent(accuracy)}; held out ${percent(robustAccuracy)}: ${lost}`);
  }
}

if (values.out !== undefined) {
  const kept = { data: training.hash, heldOut: held.hash, images, width, seed, machine: machineLine(), runs };
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  await fileStore(dirname(values.out)).put(basename(values.out), new TextEncoder().encode(text));
}
exit(0);
