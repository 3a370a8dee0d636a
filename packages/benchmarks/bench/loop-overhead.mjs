// `node --expose-gc bench/loop-overhead.mjs [--only resnet18,lenet5] [--objective adversarialTraining] [--backend onnx]
// [--threads 1] [--rounds 7] [--steps 10] [--smoke]`: what the loop of training takes over the bare steps that it makes: `train`,
// beside the same batches perturbed, differentiated and stepped on by hand, whose loss is read; in turns, of the same network from
// the same weights. Both must come to the same losses. Runs on `dist`.
import { parseArgs } from 'node:util';
import { constant, sgd, train } from '@agoge/adv-train';
import { objectives } from '@agoge/adv-train/registry';
import { lenet5, resnet18 } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { ensureGradients, fromLayersModel, uniform } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { add, cast, oneHot, tensor1d, tensor4d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { padded } from './cells.mjs';
import { speedRatio, spread } from './figures.mjs';
import { load, loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'resnet18,lenet5' },
    objective: { type: 'string', default: 'adversarialTraining' },
    backend: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '10' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke, backend: name } = values;
const [rounds, steps] = smoke ? [2, 2] : [Number(values.rounds), Number(values.steps)];
const warmUp = 3;
const networks = {
  resnet18: {
    make: () => resnet18({ seed: 1, ...(smoke && { width: 4 }) }),
    shape: [32, 32, 3],
    batch: smoke ? 4 : 32,
  },
  lenet5: { make: () => lenet5({ seed: 1 }), shape: [28, 28, 1], batch: smoke ? 8 : 128 },
};
const learningRate = 0.001;
const optimizer = sgd();
const asModel = (make) => fromLayersModel(make(), { bounds: [0, 1] });
// From the image itself, so that both make the same images whatever their noise is keyed by; TRADES must start beside it.
const start = values.objective === 'trades' ? 'gaussian' : 'zero';
const objective = objectives[values.objective](values.objective === 'standard' ? {} : { eps: 8 / 255, start });

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
  const examples = batch * 4;
  const x = uniform({ seed: 1, stream: 'x' }, examples * shape.reduce((a, b) => a * b));
  const y = Int32Array.from({ length: examples }, (_, i) => i % 10);
  const data = fromArrays({ x, shape: [examples, ...shape], y, classes: 10 });
  const [bare, ours] = [byHand(data, make, batch), byLoop(data, make, batch)];
  for (const each of [bare, ours]) for (let i = 0; i < warmUp; i++) await each.next();
  const ms = [[], []];
  let apart = 0;
  for (let round = 0; round < rounds; round++) {
    const losses = [];
    for (const i of round % 2 ? [1, 0] : [0, 1]) {
      globalThis.gc?.();
      const start = performance.now();
      for (let step = 0; step < steps; step++) losses[i] = (await [bare, ours][i].next()).value;
      ms[i].push((performance.now() - start) / steps);
    }
    apart = Math.max(apart, Math.abs(losses[1] / losses[0] - 1));
  }
  for (const each of [bare, ours]) await each.return();
  if (!(apart < 0.02))
    throw new Error(`internal: the losses differ by a share of ${apart}: these are not the same steps`);
  const rows = ['bare steps', 'train'].map((who, i) => {
    const { median, low, high } = spread(ms[i]);
    const over = i ? `${(100 * (speedRatio(ms[0], ms[1]) - 1)).toFixed(1)} %` : '';
    return [who, median.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`, over];
  });
  report(
    `\n${title}, ${shape.join(' x ')}, batch ${batch}, ${objective.name}; losses differ by at most ${(100 * apart).toFixed(4)} %`,
  );
  for (const line of padded([['', 'ms a step', 'quartiles', 'over'], ...rows])) report(line);
}

/** Loss after loss of our loop. */
async function* byLoop(data, make, batchSize) {
  const options = { objective, epochs: 1e6, batchSize, optimizer, schedule: constant({ learningRate }), probe: false };
  for await (const { loss } of train(asModel(make), data, options)) yield loss;
}

/** Loss after loss of the steps alone: no checks, no accuracy, no reports. */
async function* byHand(data, make, batchSize) {
  const model = asModel(make);
  const parameters = model.parameters();
  const variables = parameters.map(({ variable }) => variable);
  const state = optimizer.init(parameters);
  for (let epoch = 0; ; epoch++) {
    for await (const batch of data.batches({ batchSize, seed: 0, epoch, holds: 1 })) {
      const x = tensor4d(batch.x, batch.shape);
      const y = tensor1d(batch.y, 'int32');
      const target = tidy(() => cast(oneHot(y, 10), 'float32'));
      const adversarial = await objective.perturb(model, x, y, { seed: epoch, index: batch.index });
      const { value, grads } = variableGrads(
        () => add(objective.loss(model, x, adversarial, target, y), model.penalty()),
        variables,
      );
      const gradients = new Map(parameters.map((each) => [each.name, grads[each.variable.name]]));
      optimizer.step(parameters, gradients, state, learningRate);
      const [loss] = await value.data();
      for (const each of [x, y, target, adversarial, value, ...Object.values(grads)]) each.dispose();
      yield loss;
    }
  }
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
