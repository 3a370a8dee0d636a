// `node bench/stock-against-repaired.mjs [--rounds n] [--backend wasm|cpu] [--no-networks]`: each kernel that is repaired for its
// speed or may have lost some, stock against repaired, and ResNet-18 on repaired wasm. Both sides take turns within each round,
// in one process: stock kernels are kept before the repair and called as they are. Runs on `dist`; about two minutes.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { repairBackend, useBackend } from '@agoge/backends';
import { fromLayersModel, modes } from '@agoge/core';
import {
  backend,
  dispose,
  getKernel,
  grad,
  losses,
  oneHot,
  tensor,
  tensor1d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { layers, model } from '@tensorflow/tfjs-layers';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    backend: { type: 'string', default: 'wasm,cpu' },
    'no-networks': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

const cases = [
  ...convolutions('3x3, 64 to 64, 32x32', [8, 32, 32, 64], [3, 3, 64, 64], 1),
  ...convolutions('3x3/2, 64 to 128, 32x32', [8, 32, 32, 64], [3, 3, 64, 128], 2),
  ...convolutions('1x1/2, 64 to 128, 32x32', [8, 32, 32, 64], [1, 1, 64, 128], 2),
  ...convolutions('3x3, 3 to 64, 32x32', [8, 32, 32, 3], [3, 3, 3, 64], 1),
  ...convolutions('7x7/2, 3 to 64, 64x64', [2, 64, 64, 3], [7, 7, 3, 64], 2),
  ...convolutions('depthwise 3x3, 64, 32x32', [8, 32, 32, 64], [3, 3, 64, 1], 1),
  ...convolutions('depthwise 3x3/2, 64, 32x32', [8, 32, 32, 64], [3, 3, 64, 1], 2),
  ...poolings('MaxPool', '2x2/2, 32x32x64', 2, 2),
  ...poolings('AvgPool', '3x3/1, 32x32x64', 3, 1),
  product('256 x 512 by 512 x 10', [256, 512], [512, 10], false, false),
  product('128 x 512 by 10 x 512 transposed', [128, 512], [10, 512], false, true),
  product('16 of 64 x 64 by 64 x 64', [16, 64, 64], [16, 64, 64], false, false),
  product('16 of 64 x 64 by 64 x 64, second transposed', [16, 64, 64], [16, 64, 64], false, true),
  product('256 of 8 x 8 by 8 x 8', [256, 8, 8], [256, 8, 8], false, false),
  moved('Sum', 'over pixels, 8x32x32x64', { x: [8, 32, 32, 64] }, { axis: [0, 1, 2], keepDims: false }, [64]),
  moved('Sum', 'over channels, 8192x64', { x: [8192, 64] }, { axis: [1], keepDims: false }, [8192]),
  moved('Mean', 'of all, 524288', { x: [524288] }, { axis: [0], keepDims: false }, []),
  moved('Tile', '64 to 8x32x32x64', { x: [1, 1, 1, 64] }, { reps: [8, 32, 32, 1] }, [8, 32, 32, 64]),
  ...['Relu6', 'Sign', 'Log1p'].map((kernel) => moved(kernel, '524288', { x: [524288] }, {}, [524288])),
  moved('ClipByValue', '524288', { x: [524288] }, { clipValueMin: -0.5, clipValueMax: 0.5 }, [524288]),
  ...['Maximum', 'Minimum'].map((kernel) => moved(kernel, '524288', { a: [524288], b: [524288] }, {}, [524288])),
  moved('Prelu', '8192x64', { x: [8192, 64], alpha: [64] }, {}, [8192, 64]),
];

const load = os.loadavg()[0];
report(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.versions.node}`);
report(
  `load before: ${load.toFixed(2)}${load > 0.5 ? ': others are at work, and rates are too low; ratios hold' : ''}`,
);
for (const name of values.backend.split(',')) await compareKernels(name);
if (!values['no-networks']) await measureNetwork();
report(`\nmedians of ${rounds} rounds in turns; load after: ${os.loadavg()[0].toFixed(2)}`);

async function compareKernels(name) {
  await useBackend(name, { repair: false });
  const names = [...new Set(cases.map(({ kernel }) => kernel))];
  const stock = new Map(names.map((kernel) => [kernel, getKernel(kernel, name)?.kernelFunc]));
  repairBackend();
  report(`\n${name.padEnd(76)}${'stock'.padStart(9)}${'repaired'.padStart(10)}${'ratio'.padStart(8)}`);
  for (const each of cases) {
    const repaired = getKernel(each.kernel, name)?.kernelFunc;
    if (!repaired || repaired === stock.get(each.kernel)) continue;
    const [before, after] = inTurns(each, [stock.get(each.kernel), repaired]);
    const label = `${each.kernel} ${each.what}`.padEnd(67);
    const rate = (seconds) => (seconds ? (each.work / seconds / 1e9).toFixed(2) : 'missing');
    const ratio = before ? (before / after).toFixed(2) : '-';
    report(
      `${label}${each.unit.padStart(9)}${rate(before).padStart(9)}${rate(after).padStart(10)}${ratio.padStart(8)}`,
    );
  }
}

/** Seconds of a call, the median over the rounds, for each of some functions; undefined for one that is not there. */
function inTurns({ inputs, attributes }, functions) {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, drawn(shape)]));
  const call = (kernelFunc) => {
    const made = [kernelFunc({ inputs: tensors, attrs: attributes, backend: backend() })].flat();
    for (const { dataId } of made) backend().disposeData(dataId);
  };
  const time = (kernelFunc, calls) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) call(kernelFunc);
    return (performance.now() - start) / calls / 1e3;
  };
  const calls = functions.map((each) => {
    if (!each) return 0;
    const first = time(each, 1);
    return first > 0.2 ? 1 : Math.max(1, Math.min(200, Math.round(0.03 / time(each, 2))));
  });
  const times = functions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, each] of functions.entries()) if (each) times[i].push(time(each, calls[i]));
  }
  dispose(tensors);
  return times.map(median);
}

async function measureNetwork() {
  await useBackend('wasm');
  const batch = 16;
  const network = resnet18();
  const f = fromLayersModel(network, { bounds: [0, 1] });
  const x = drawn([batch, 32, 32, 3]);
  const y = oneHot(
    tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      'int32',
    ),
    10,
  );
  const optimizer = train.momentum(0.01, 0.9);
  const loss = (images, mode) => losses.softmaxCrossEntropy(y, f.forward(images, mode));
  const steps = {
    forward: () => f.forward(x, modes.evaluate),
    'input gradient (forward and backward)': () => grad((images) => loss(images, modes.craft))(x),
    'training step (forward, backward, momentum)': () => optimizer.minimize(() => loss(x, modes.update), true),
  };
  report(`\nResNet-18 of stock layers, width 64, 32x32, batch ${batch}, repaired wasm`);
  for (const [name, step] of Object.entries(steps)) {
    const times = [];
    for (let round = 0; round <= Math.min(3, rounds); round++) {
      const start = performance.now();
      const result = tidy(step);
      await result.data();
      result.dispose();
      if (round > 0) times.push((performance.now() - start) / 1e3);
    }
    report(`${name.padEnd(76)}${median(times).toFixed(2).padStart(9)} s`);
  }
}

/** Forward, gradient by the images and by the filter. */
function convolutions(what, x, filter, stride) {
  const depthwise = filter[3] === 1;
  const dy = [x[0], x[1] / stride, x[2] / stride, depthwise ? x[3] : filter[3]];
  const attributes = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const shared = { what, unit: 'GFLOPS', work: 2 * sizeOf(dy) * filter[0] * filter[1] * (depthwise ? 1 : filter[2]) };
  const kernel = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  return [
    { ...shared, kernel, inputs: { x, filter }, attributes },
    {
      ...shared,
      kernel: `${kernel}BackpropInput`,
      inputs: { dy, filter },
      attributes: { ...attributes, inputShape: x },
    },
    {
      ...shared,
      kernel: `${kernel}BackpropFilter`,
      inputs: { x, dy },
      attributes: { ...attributes, filterShape: filter },
    },
  ];
}

function poolings(kernel, what, filterSize, strides) {
  const x = [8, 32, 32, 64];
  const dy = [8, 32 / strides, 32 / strides, 64];
  const attributes = { filterSize: [filterSize, filterSize], strides: [strides, strides], pad: 'same' };
  return [
    moved(kernel, what, { x }, attributes, dy),
    moved(`${kernel}Grad`, what, { dy, input: x, output: dy }, attributes, x),
  ];
}

function product(what, a, b, transposeA, transposeB) {
  const work = 2 * sizeOf(a) * b.at(transposeB ? -2 : -1);
  return {
    kernel: 'BatchMatMul',
    what,
    unit: 'GFLOPS',
    work,
    inputs: { a, b },
    attributes: { transposeA, transposeB },
  };
}

/** A kernel bound by memory: each input read once, the result written once. */
function moved(kernel, what, inputs, attributes, result) {
  const numbers = [...Object.values(inputs), result].reduce((sum, shape) => sum + sizeOf(shape), 0);
  return { kernel, what, unit: 'GB/s', work: 4 * numbers, inputs, attributes };
}

/** Reproducible numbers in [-1, 1). */
function drawn(shape) {
  let state = 1;
  const numbers = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return tensor(numbers, shape);
}

/** The CIFAR form: a stem of 3x3, four stages of two blocks, 64 to 512 channels. */
function resnet18() {
  const conv = (x, filters, kernelSize, strides) =>
    layers
      .batchNormalization({ momentum: 0.9 })
      .apply(layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }).apply(x));
  const relu = (x) => layers.reLU().apply(x);
  const block = (x, filters, strides) => {
    const body = conv(relu(conv(x, filters, 3, strides)), filters, 3, 1);
    const shortcut = strides > 1 ? conv(x, filters, 1, strides) : x;
    return relu(layers.add().apply([body, shortcut]));
  };
  const image = layers.input({ shape: [32, 32, 3] });
  let x = relu(conv(image, 64, 3, 1));
  for (const [i, filters] of [64, 128, 256, 512].entries()) x = block(block(x, filters, i > 0 ? 2 : 1), filters, 1);
  const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(x);
  return model({ inputs: image, outputs: layers.dense({ units: 10 }).apply(pooled) });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
