// `node --expose-gc bench/step-overhead.mjs [--only resnet18,lenet5] [--backend onnx] [--threads 1] [--rounds 5] [--steps 40]
// [--smoke]`: what the steps of PGD and APGD take over the passes that they make: attacks of so many steps that break nothing,
// beside as many gradients to the images and forward passes alone, of the same network on the same images, in turns. On onnx
// also how much of a step is spent inside the runtime; the rest is JavaScript. Runs on `dist`.
import { parseArgs } from 'node:util';
import { lenet5, resnet18 } from '@agoge/architectures';
import { apgd, crossEntropy, pgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { ensureGradients, fromLayersModel, frozen, lossAndGradient, step, uniform } from '@agoge/core';
import { argMax, backend, cast, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { padded } from './cells.mjs';
import { median, speedRatio, spread } from './figures.mjs';
import { load, loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'resnet18,lenet5' },
    backend: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '40' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke, backend: name } = values;
const [rounds, steps] = smoke ? [2, 4] : [Number(values.rounds), Number(values.steps)];
const networks = {
  resnet18: { make: () => resnet18(smoke ? { width: 4 } : {}), shape: [32, 32, 3], batch: 32 },
  lenet5: { make: () => lenet5(), shape: [28, 28, 1], batch: 128 },
};

if (name === 'onnx') await import('@agoge/backend-onnx');
const { why } = await useBackend(name, name === 'onnx' ? { onnx: { threads: Number(values.threads) } } : {});
await ensureGradients();
report(machineLine());
report(`${why}; ${loadLine()}`);
for (const each of values.only.split(',')) await compare(each, networks[each]);
report(
  `\nmedians of ${rounds} rounds in turns, of ${steps} steps; over: median of the rounds' ratios; load after: ${load().toFixed(2)}`,
);

async function compare(title, { make, shape, batch }) {
  const f = fromLayersModel(make(), { bounds: [0, 1] });
  const x = tensor4d(uniform({ seed: 1, stream: 'x' }, batch * shape.reduce((a, b) => a * b)), [batch, ...shape]);
  const y = tidy(() => cast(argMax(f(x), 1), 'int32'));
  const loss = (logits) => crossEntropy(logits, y);
  // Too small a ball to break anything: nobody leaves.
  const ball = { eps: 1e-6, steps };
  const attack = (run) => async () => {
    const { x: found, broken } = await run(f, x, y, ball);
    found.dispose();
    if (broken.includes(1)) throw new Error('internal: an example was broken, so that fewer passes were made');
  };
  const contestants = [
    { title: 'gradients alone', run: () => frozen(f, () => passes(f, x, loss)) },
    { title: 'PGD', run: attack(pgd) },
    { title: 'APGD', run: attack(apgd) },
  ];
  for (const { run } of contestants) for (let i = 0; i < 2; i++) await run();
  const told = contestants.map(() => ({ ms: [], inside: [] }));
  for (let round = 0; round < rounds; round++) {
    const order = [...contestants.keys()];
    for (const i of round % 2 ? order.reverse() : order) {
      globalThis.gc?.();
      const before = backend().report?.().runMs;
      const start = performance.now();
      await contestants[i].run();
      told[i].ms.push((performance.now() - start) / steps);
      if (before !== undefined) told[i].inside.push((backend().report().runMs - before) / steps);
    }
  }
  const [alone] = told;
  const rows = contestants.map(({ title: who }, i) => {
    const { median: middle, low, high } = spread(told[i].ms);
    const over = i ? `${(100 * (speedRatio(alone.ms, told[i].ms) - 1)).toFixed(1)} %` : '';
    const inside = told[i].inside.length ? median(told[i].inside).toFixed(2) : '–';
    return [who, middle.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`, inside, over];
  });
  report(`\n${title}, ${shape.join(' x ')}, batch ${batch}`);
  for (const line of padded([['', 'ms a step', 'quartiles', 'in the runtime', 'over'], ...rows])) report(line);
}

/** As many passes as an attack of these steps makes: a gradient for each, and three looks at the logits. */
async function passes(f, x, loss) {
  for (let i = 0; i < steps; i++) {
    const seen = lossAndGradient(f, x, loss);
    await step({});
    for (const each of [seen.logits, seen.loss, seen.gradient]) each.dispose();
  }
  for (let i = 0; i < 3; i++) {
    const logits = f(x);
    await logits.data();
    logits.dispose();
  }
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
