// `node bench/run.mjs [--rounds n] [--backend name]`: milliseconds per PGD step and per training step, of the demo's network
// and of a narrow ResNet-18. Cases take turns within each round, so that a machine that slows down slows all of them; what is
// printed is the median over rounds and the spread between the quartiles. Runs on `dist`.
import { parseArgs } from 'node:util';
import { adversarialTraining, fit, sgd } from '@agoge/adv-train';
import { resnet18, smallCnn } from '@agoge/architectures';
import { crossEntropy, projectedAscent } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, modes } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { spread } from './figures.mjs';
import { load, loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, backend: { type: 'string', default: 'auto' } },
});
const rounds = Number(values.rounds);
const { why } = await useBackend(values.backend);
const networks = [
  { name: 'smallCnn, 8 x 8 x 1', make: () => smallCnn(), shape: [8, 8, 1], batch: 64, steps: 20 },
  {
    name: 'resnet18 width 16, 32 x 32 x 3',
    make: () => resnet18({ width: 16 }),
    shape: [32, 32, 3],
    batch: 16,
    steps: 2,
  },
];
const cases = networks.flatMap(casesOf);

report(`backend: ${why}`);
report(machineLine());
report(`${loadLine()}\n`);

for (const each of cases) await each.run(); // warm up
const times = cases.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [i, each] of cases.entries()) {
    globalThis.gc?.();
    const start = performance.now();
    await each.run();
    times[i].push((performance.now() - start) / each.steps);
  }
}
for (const [i, { name }] of cases.entries()) {
  const { median, low, high } = spread(times[i]);
  report(`${name.padEnd(70)}${median.toFixed(2).padStart(9)} ms  (${low.toFixed(2)} to ${high.toFixed(2)})`);
}
report(`\nmedians of ${rounds} interleaved rounds, quartiles in brackets; load after: ${load().toFixed(2)}`);

function casesOf({ name, make, shape, batch, steps }) {
  const f = fromLayersModel(make(), { bounds: [0, 1] });
  const size = batch * shape.reduce((a, b) => a * b);
  const pixels = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 256) / 255);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const data = fromArrays({ x: pixels, shape: [batch, ...shape], y: labels, classes: 10, bounds: [0, 1] });
  const [x, y] = [tensor4d(pixels, [batch, ...shape]), tensor1d(labels, 'int32')];
  const ascent = { norm: 'linf', eps: 0.1, stepSize: 0.02, steps, start: 'zero' };
  return [
    {
      name: `PGD step, ${name}, batch ${batch}`,
      steps,
      async run() {
        const found = await projectedAscent(f.classifier(modes.craft), x, (logits) => crossEntropy(logits, y), ascent);
        await found.data();
        found.dispose();
      },
    },
    {
      name: `training step with 5 of PGD, ${name}, batch ${batch}`,
      steps: 1,
      run: () =>
        fit(f, data, {
          objective: adversarialTraining({ eps: 0.1, steps: 5, stepSize: 0.025 }),
          epochs: 1,
          batchSize: batch,
          optimizer: sgd(),
        }),
    },
  ];
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
