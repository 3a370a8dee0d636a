// What a TensorFlow.js contestant is timed at. A case is JSON, so that every contestant is told the same.
import { sgd } from '@agoge/adv-train';
import { crossEntropy } from '@agoge/attacks';
import { fromLayersModel, frozen, modes } from '@agoge/core';
import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  conv2d,
  engine,
  eye,
  grad,
  keep,
  matMul,
  mean,
  reshape,
  slice,
  sum,
  tensor,
  tensor1d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { ofAttack, ofRun } from './attack-cases.mjs';
import { filled } from './filled.mjs';
import { convolutionFlops, layerFlops, productFlops, stepFlops } from './flops.mjs';
import { build, networks } from './networks.mjs';
import { ofObjective } from './objective-steps.mjs';
import { ofWorkers } from './shared-training.mjs';

const kinds = {
  network: ofNetwork,
  convolution: ofConvolution,
  product: ofProduct,
  workers: ofWorkers,
  attack: (asked) => ofAttack(network(asked.network, asked.width), asked),
  run: (asked) => ofRun(network(asked.network, asked.width), asked),
  objective: (asked) => ofObjective(network(asked.network, asked.width), asked),
};

/**
 * Makes a case ready.
 *
 * @returns `call`, one call with its result read, which it gives where all contestants must have the same; `around`, within
 *   which calls are made; the operations that a call needs
 */
export const prepare = (asked) => kinds[asked.kind](asked);

let current;
/** The network last asked for: the rows of one take turns on the same weights. */
function network(name, width) {
  if (current?.name !== name || current.width !== width) current = { name, width, model: build(name, width) };
  return current.model;
}

function ofNetwork({ network: name, width, batch, row }) {
  // What is trained is nobody else's.
  const model = row === 'training step' ? build(name, width) : network(name, width);
  const f = fromLayersModel(model, { bounds: [0, 1] });
  const shape = [batch, ...networks[name].shape];
  const pixels = [1, 2].map((seed) => filled(seed, shape));
  const y = tensor1d(Int32Array.from({ length: batch }, (_, i) => i % 10), 'int32'); // biome-ignore format: one line
  let calls = 0;
  const images = () => tensor4d(pixels[calls++ % 2], shape);
  const gradient = () => grad((x) => sum(crossEntropy(f(x), y)))(images());
  const steps = {
    forward: () => f(images()),
    'input gradient': gradient,
    'input gradient, weights fed': gradient,
    'training step': trainingStep(f, images, y),
  };
  const isFrozen = row === 'forward' || row === 'input gradient';
  return {
    call: () => read(steps[row]),
    around: isFrozen ? (body) => frozen(f, body) : (body) => body(),
    flops: stepFlops(row, layerFlops(model), batch),
  };
}

/** SGD with momentum 0.9 and weight decay 5e-4 of all weights, the batch's statistics; gives the loss. */
function trainingStep(f, images, y) {
  const optimizer = sgd({ momentum: 0.9, weightDecay: 5e-4 });
  const parameters = f.parameters();
  const variables = parameters.map(({ variable }) => variable);
  let state;
  return () => {
    state ??= optimizer.init(parameters);
    const x = images();
    const { value, grads } = variableGrads(() => mean(crossEntropy(f.forward(x, modes.update), y)), variables);
    const gradients = new Map(parameters.map(({ name, variable }) => [name, grads[variable.name]]));
    optimizer.step(parameters, gradients, state, 0.01);
    return value;
  };
}

/** A kernel alone. Its images lie as another convolution leaves them; of its result one element is read. */
function ofConvolution({ row, batch, size, from, to, kernel, stride }) {
  const padded = stride > 1 && kernel > 1 ? size + 2 : size;
  const out = size / stride;
  const shape = [batch, padded, padded, from];
  const shared = { strides: [stride, stride], pad: stride > 1 ? 'valid' : 'same', dataFormat: 'NHWC' };
  const filter = keep(tensor(filled(3, [kernel, kernel, from, to]), [kernel, kernel, from, to]));
  const [x, dy] = [convolved(1, shape), convolved(2, [batch, out, out, to])];
  const run = {
    forward: () => engine().runKernel(Conv2D, { x, filter }, { ...shared, dilations: [1, 1] }),
    'input gradient': () => engine().runKernel(Conv2DBackpropInput, { dy, filter }, { ...shared, inputShape: shape }),
    'filter gradient': () =>
      engine().runKernel(Conv2DBackpropFilter, { x, dy }, { ...shared, filterShape: filter.shape }),
  }[row];
  return {
    call: () => read(() => slice(run(), [0, 0, 0, 0], [1, 1, 1, 1])),
    around: (body) => frozen({ weights: () => [filter] }, body),
    flops: batch * convolutionFlops([out, out, to], filter.shape),
  };
}

function convolved(seed, shape) {
  const channels = shape[3];
  return keep(
    tidy(() =>
      conv2d(tensor4d(filled(seed, shape), shape), reshape(eye(channels), [1, 1, channels, channels]), 1, 'same'),
    ),
  );
}

function ofProduct({ size }) {
  const [a, b] = [1, 2].map((seed) => keep(tensor(filled(seed, [size, size]), [size, size])));
  return {
    call: () => read(() => slice(matMul(a, b), [0, 0], [1, 1])),
    around: (body) => body(),
    flops: productFlops(size, size, size),
  };
}

async function read(make) {
  const result = tidy(make);
  const values = await result.data();
  result.dispose();
  return values;
}
