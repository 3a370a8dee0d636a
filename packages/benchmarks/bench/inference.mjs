// `node bench/inference.mjs [--backends wasm,onnx] [--batch 128] [--calls 5] [--threads 2] [--smoke]`: what inference of
// ResNet-18 takes: memory at its peak (Linux tells) and time, call by call and the median of those after the first, tensors left
// behind, and, on onnx, how many graphs each call compiles: none after the first. Weights are held constant, as attacks and
// evaluations do. A backend in a process of its own. Runs on `dist`.
import { execFileSync } from 'node:child_process';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resnet18 } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, frozen } from '@agoge/core';
import { backend, memory, randomUniform } from '@tensorflow/tfjs-core';
import { megabytes, padded } from './cells.mjs';
import { median } from './figures.mjs';
import { loadLine, machineLine, peakMemory } from './machine.mjs';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'wasm,onnx' },
    batch: { type: 'string', default: '128' },
    calls: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
    backend: { type: 'string' },
  },
});
const { smoke } = values;
const batch = smoke ? 4 : Number(values.batch);

if (values.backend) {
  if (values.backend === 'onnx') await import('@agoge/backend-onnx');
  const onnx = values.backend === 'onnx' && { onnx: { threads: Number(values.threads) } };
  const { why } = await useBackend(values.backend, { ...onnx });
  const rows = await called();
  const table = padded([['call', 'ms', 'peak MB', 'tensors', 'graphs compiled'], ...rows]);
  const later = median(rows.slice(2).map(([, ms]) => Number(ms)));
  report(['', `${why}, batch ${batch}`, ...table, `median after the first: ${later.toFixed(0)} ms`].join('\n'));
  exit(0);
}

report(machineLine());
report(loadLine());
for (const name of values.backends.split(',')) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), ...argv.slice(2), '--backend', name];
  process.stdout.write(execFileSync(execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** A row for each call, after one of what stands before: runtime, weights, images. */
async function called() {
  const f = fromLayersModel(resnet18(smoke ? { width: 4 } : {}), { bounds: [0, 1] });
  const x = randomUniform([batch, 32, 32, 3], 0, 1, 'float32', 1);
  await x.data();
  const [tensors, compiled] = [memory().numTensors, graphs()];
  const row = (name, ms) => [
    name,
    ms,
    megabytes(peakMemory()),
    `${memory().numTensors - tensors}`,
    compiled === undefined ? '–' : `${graphs() - compiled}`,
  ];
  const rows = [row('before', '')];
  await frozen(f, async () => {
    for (let call = 1; call <= Number(values.calls); call++) {
      globalThis.gc();
      const start = performance.now();
      const logits = f(x);
      await logits.data();
      logits.dispose();
      rows.push(row(`${call}`, (performance.now() - start).toFixed(0)));
    }
  });
  return rows;
}

function graphs() {
  return backend().report?.().compiled;
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
