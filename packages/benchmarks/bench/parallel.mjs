// `node --expose-gc bench/parallel.mjs [--backend wasm] [--workers 1,2] [--width 16] [--batch 64] [--micro 16] [--steps 3]
// [--rounds 5] [--smoke]`: images per second of adversarial training (PGD-10, batch normalisation, SGD) in one thread and shared
// among workers, of the same network on the same images, in turns; the weights must be the same bits in the end. Runs on `dist`.
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { adversarialTraining, saveWeights, train } from '@agoge/adv-train';
import { trainingWorkers } from '@agoge/adv-train/node';
import { uniform } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { median, speedRatio, spread } from './figures.mjs';
import { load, loadLine, machineLine } from './machine.mjs';
import { makeModel } from './parallel-model.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    workers: { type: 'string', default: '1,2' },
    width: { type: 'string', default: '16' },
    batch: { type: 'string', default: '64' },
    micro: { type: 'string', default: '16' },
    steps: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    smoke: { type: 'boolean', default: false },
  },
});
const { backend, smoke } = values;
const [width, batchSize, microBatch] = smoke ? [4, 8, 4] : [values.width, values.batch, values.micro].map(Number);
const [steps, rounds] = smoke ? [1, 2] : [values.steps, values.rounds].map(Number);
const options = { backend, width };
const ascents = smoke ? 1 : 10;

if (backend === 'onnx') await import('@agoge/backend-onnx');
report(machineLine());
report(loadLine());

const examples = 4 * batchSize;
const x = uniform({ seed: 1, stream: 'x' }, examples * 32 * 32 * 3);
const y = Int32Array.from({ length: examples }, (_, i) => i % 10);
const data = fromArrays({ x, y, shape: [examples, 32, 32, 3], classes: 10, bounds: [0, 1] });
const objective = adversarialTraining({ eps: 8 / 255, steps: ascents });

const contestants = [];
for (const count of [0, ...values.workers.split(',').map(Number)]) {
  const module = new URL('./parallel-model.mjs', import.meta.url);
  const workers = count && (await trainingWorkers({ module, export: 'makeModel', options, workers: count }));
  const model = await makeModel(options);
  const epochs = Math.ceil((steps * rounds + 1) / 4);
  const steady = { objective, epochs, batchSize, microBatch, ...(workers && { workers }) };
  const reports = train(model, data, steady);
  // The first step compiles and checks.
  await reports.next();
  const title = count ? `${count} worker${count === 1 ? '' : 's'}` : 'one thread';
  contestants.push({ title, model, workers, reports, ms: [] });
}
for (let round = 0; round < rounds; round++) {
  for (const { reports, ms } of contestants) {
    globalThis.gc?.();
    const began = performance.now();
    for (let i = 0; i < steps; i++) await reports.next();
    ms.push((performance.now() - began) / steps);
  }
}
const [alone] = contestants;
report(`\n${backend}, ResNet-18 of width ${width}, PGD-${ascents}, batch ${batchSize} in parts of ${microBatch}\n`);
report('| | ms per step | quartiles | images/s | as fast as one thread |');
report('|---|---|---|---|---|');
for (const { title, ms } of contestants) {
  const { low, high } = spread(ms);
  const cells = [title, median(ms).toFixed(0), `${low.toFixed(0)} to ${high.toFixed(0)}`];
  const speed = ((1000 * batchSize) / median(ms)).toFixed(1);
  report(`| ${[...cells, speed, `${speedRatio(ms, alone.ms).toFixed(2)} times`].join(' | ')} |`);
}
report(`\nmedians of ${rounds} rounds in turns, of ${steps} steps; load after: ${load().toFixed(2)}`);

const hashes = [];
for (const { model, reports, workers } of contestants) {
  await reports.return();
  hashes.push(
    createHash('sha256')
      .update(await saveWeights(model))
      .digest('hex'),
  );
  if (workers) await workers.close();
}
if (new Set(hashes).size > 1) throw new Error(`internal: not the same weights: ${hashes.join(', ')}`);
report(`the same weights, ${hashes[0].slice(0, 16)}`);

function report(line) {
  process.stdout.write(`${line}\n`);
}
