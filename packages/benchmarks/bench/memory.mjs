// `node bench/memory.mjs [--steps 10000] [--batch 32] [--backend onnx] [--threads 2] [--smoke]`: the memory of 200 steps
// of PGD on ResNet-18 against that of 2, in processes of their own, and whether memory grows over many small training steps
// (LeNet5, batch 4). Linux tells the largest resident set; elsewhere it is left out. Runs on `dist`.
import { execFileSync } from 'node:child_process';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resnet18 } from '@agoge/architectures';
import { pgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { memory, randomUniform, tensor1d } from '@tensorflow/tfjs-core';
import { prepare } from './cases.mjs';
import { megabytes } from './cells.mjs';
import { machineLine, peakMemory } from './machine.mjs';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10000' },
    batch: { type: 'string', default: '32' },
    backend: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
    part: { type: 'string' },
  },
});
const { smoke } = values;
const parts = { 'pgd-2': () => attacked(2), 'pgd-200': () => attacked(smoke ? 20 : 200), training: trained };

if (values.part) {
  if (values.backend === 'onnx') await import('@agoge/backend-onnx');
  const { backend, threads } = values;
  await useBackend(backend, backend === 'onnx' ? { onnx: { threads: Number(threads) } } : {});
  console.log(JSON.stringify(await parts[values.part]()));
  exit(0);
}

report(machineLine());
const [two, many] = ['pgd-2', 'pgd-200'].map(inProcess);
for (const { steps, peak, tensors } of [two, many]) {
  report(`PGD of ${steps} steps, ResNet-18: peak ${megabytes(peak)} MB, ${tensors} tensors left behind`);
}
if (many.peak)
  report(`${(many.peak / two.peak).toFixed(2)} times the memory for ${many.steps} steps as for ${two.steps}`);
for (const { steps, resident, heap, tensors } of inProcess('training')) {
  report(
    `after ${steps} training steps: resident ${megabytes(resident)} MB, heap ${megabytes(heap)} MB, ${tensors} tensors`,
  );
}

function inProcess(part) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), ...argv.slice(2), '--part', part];
  return JSON.parse(
    execFileSync(execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
      .trim()
      .split('\n')
      .at(-1),
  );
}

async function attacked(steps) {
  const batch = smoke ? 4 : Number(values.batch);
  const f = fromLayersModel(resnet18(smoke ? { width: 4 } : {}), { bounds: [0, 1] });
  const x = randomUniform([batch, 32, 32, 3], 0, 1, 'float32', 1);
  const y = tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    'int32',
  );
  const before = memory().numTensors;
  const { x: found } = await pgd(f, x, y, { eps: 8 / 255, steps });
  found.dispose();
  return { steps, peak: peakMemory(), tensors: memory().numTensors - before };
}

async function trained() {
  const { call } = prepare({ kind: 'network', network: 'lenet5', batch: 4, row: 'training step' });
  const last = smoke ? 200 : Number(values.steps);
  const found = [];
  for (let steps = 1; steps <= last; steps++) {
    await call();
    if (steps !== last / 10 && steps !== last) continue;
    globalThis.gc();
    const { rss: resident, heapUsed: heap } = process.memoryUsage();
    found.push({ steps, resident, heap, tensors: memory().numTensors });
  }
  return found;
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
