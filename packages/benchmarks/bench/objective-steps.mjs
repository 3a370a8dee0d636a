// A step of adversarial training as a case: by our loop, or made of its parts by hand.
import { constant, sgd, train } from '@agoge/adv-train';
import { objectives } from '@agoge/adv-train/registry';
import { fromLayersModel } from '@agoge/core';
import { cast, dispose, oneHot, tensor1d, tensor4d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { filled } from './filled.mjs';
import { layerFlops, stepFlops } from './flops.mjs';

const learningRate = 0.01;

/**
 * Makes a case ready: SGD with momentum 0.9 and weight decay 5e-4, the batch's statistics in the update, the loss read.
 *
 * @param bare whether the step is made by hand, without the loop: what the loop adds is the difference
 */
export function ofObjective(model, { batch, objective: name, options, bare }) {
  const f = fromLayersModel(model, { bounds: [0, 1] });
  const shape = [batch, ...model.inputs[0].shape.slice(1)];
  const data = endless(shape, f.classes);
  const objective = objectives[name](options);
  const layers = layerFlops(model);
  const flops = (row) => stepFlops(row, layers, batch);
  const isPaired = name === 'trades';
  return {
    call: bare ? stepsByHand(f, data, objective) : stepsOfLoop(f, data, objective, batch),
    around: (body) => body(),
    flops:
      options.steps * flops('input gradient') +
      (isPaired ? flops('forward') + 2 * flops('training step') : flops('training step')),
  };
}

/** Two batches in turns, in an epoch that does not end. */
function endless([n, ...item], classes) {
  const pixels = [1, 2].map((seed) => filled(seed, [n, ...item]));
  const y = Int32Array.from({ length: n }, (_, i) => i % classes);
  return {
    ...{ examples: n * 1e6, classes, bounds: [0, 1], shape: item, hash: 'filled' },
    async *batches() {
      for (let at = 0; ; at++) {
        const index = Float64Array.from({ length: n }, (_, i) => at * n + i);
        yield { x: pixels[at % 2], shape: [n, ...item], y, index };
      }
    },
  };
}

function stepsOfLoop(f, data, objective, batchSize) {
  const reports = train(f, data, { objective, epochs: 1, batchSize, schedule: constant({ learningRate }) });
  return async () => {
    await reports.next();
  };
}

function stepsByHand(f, data, objective) {
  const optimizer = sgd();
  const parameters = f.parameters();
  const variables = parameters.map(({ variable }) => variable);
  const batches = data.batches();
  let state;
  return async () => {
    state ??= optimizer.init(parameters);
    const { value: batch } = await batches.next();
    const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
    const target = tidy(() => cast(oneHot(y, f.classes), 'float32'));
    const adversarial = await objective.perturb(f, x, y, { seed: 0, index: batch.index });
    const { value, grads } = variableGrads(() => objective.loss(f, x, adversarial, target, y), variables);
    const gradients = new Map(parameters.map(({ name, variable }) => [name, grads[variable.name]]));
    optimizer.step(parameters, gradients, state, learningRate);
    await value.data();
    dispose([x, y, target, adversarial, value, ...gradients.values()]);
  };
}
