// `node bench/webgpu-against-pytorch.mjs [--rounds n] [--smoke] [--python python3]`: one convolution with its gradients, and
// ResNet-18's input gradient and training step, on webgpu in Node and in PyTorch, in turns; medians, and how many times as long
// webgpu takes. Without a Python that has PyTorch webgpu is timed alone. `--smoke` takes tiny shapes, for machines without a
// GPU. Runs on `dist`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resnet18 } from '@agoge/architectures';
import { crossEntropy } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, modes } from '@agoge/core';
import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  grad,
  mean,
  tensor1d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    smoke: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});
const { smoke } = values;
const { why, close } = await useBackend('webgpu');
report(why);
const cases = smoke
  ? [...convolution(2, 8, 8), ...network(2, 16, 4)]
  : [...convolution(128, 32, 64), ...network(32, 32, 64), ...network(128, 32, 64)];
const peer = await pytorch();
report(peer?.device ?? 'PyTorch: not importable here, so that webgpu is timed alone');

const times = cases.map(() => ({ webgpu: [], pytorch: [] }));
for (let round = -2; round < Number(values.rounds); round++) {
  for (const [i, { name, repeat, run }] of cases.entries()) {
    const ours = await timed(run, repeat);
    const theirs = await peer?.ask(name, repeat);
    if (round < 0) continue; // kernels compile, and cuDNN searches
    times[i].webgpu.push(ours);
    if (theirs !== undefined) times[i].pytorch.push(theirs);
  }
}
report(`\n${''.padEnd(44)}    webgpu   pytorch     ratio`);
for (const [i, { name, flops }] of cases.entries()) {
  const [ours, theirs] = [median(times[i].webgpu), median(times[i].pytorch)];
  const speed = flops ? `  (${(flops / ours / 1e9).toFixed(2)} TFLOPS)` : '';
  const figures = [ours, theirs, ours / theirs].map((each) =>
    (Number.isNaN(each) ? '-' : each.toFixed(2)).padStart(10),
  );
  report(`${name.padEnd(44)}${figures.join('')}${speed}`);
}
report(`milliseconds, medians of ${values.rounds} rounds in turns; float32, TF32 off`);
peer?.end();
await close?.();

function convolution(batch, size, channels) {
  const [x, dy] = [1, 2].map((seed) => filled(seed, [batch, size, size, channels]));
  const filter = filled(3, [3, 3, channels, channels]);
  const shared = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC' };
  const kernel = (name, inputs, attributes) => () => engine().runKernel(name, inputs, { ...shared, ...attributes });
  const flops = 2 * batch * size * size * channels * channels * 9;
  const repeat = smoke ? 1 : 10;
  return [
    { name: 'conv forward', run: kernel(Conv2D, { x, filter }, { dilations: [1, 1] }), flops, repeat },
    {
      name: 'conv input gradient',
      run: kernel(Conv2DBackpropInput, { dy, filter }, { inputShape: x.shape }),
      flops,
      repeat,
    },
    {
      name: 'conv filter gradient',
      run: kernel(Conv2DBackpropFilter, { x, dy }, { filterShape: filter.shape }),
      flops,
      repeat,
    },
  ];
}

function network(batch, size, width) {
  const trainable = fromLayersModel(resnet18({ width }), { bounds: [0, 1] });
  const x = filled(4, [batch, size, size, 3]);
  const y = tensor1d(
    Array.from({ length: batch }, (_, i) => i % 10),
    'int32',
  );
  const loss = (f) => mean(crossEntropy(f, y));
  const optimizer = train.sgd(0.01);
  const classifier = trainable.classifier(modes.evaluate);
  const weights = trainable.parameters().map(({ variable }) => variable);
  const repeat = smoke ? 1 : 3;
  return [
    {
      name: `ResNet-18 input gradient, batch ${batch}`,
      run: () => grad((each) => loss(classifier(each)))(x),
      repeat,
    },
    {
      name: `ResNet-18 training step, batch ${batch}`,
      run: () => optimizer.minimize(() => loss(trainable.forward(x, modes.update)), true, weights),
      repeat,
    },
  ];
}

function filled(seed, shape) {
  const size = shape.reduce((a, b) => a * b);
  return tensor4d(
    Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % 1009) / 1009),
    shape,
  );
}

/** Milliseconds per call; the last result is read, so that all are done. */
async function timed(run, repeat) {
  const start = performance.now();
  for (let i = 1; i < repeat; i++) tidy(() => void run());
  const last = tidy(run);
  await last.data();
  last.dispose();
  return (performance.now() - start) / repeat;
}

/** PyTorch in a process of its own, or nothing where it is not to be had. */
async function pytorch() {
  const script = fileURLToPath(new URL('../peers/pytorch_steps.py', import.meta.url));
  const child = spawn(values.python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = async (what) => {
    child.stdin.write(`${JSON.stringify(what)}\n`);
    const { value } = await lines.next();
    return value && JSON.parse(value);
  };
  const hello = await send({ smoke });
  if (!hello) return undefined;
  return {
    device: hello.device,
    ask: async (name, repeat) => (await send({ case: name, repeat }))?.ms,
    end: () => child.stdin.end(),
  };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
