// `node bench/fold.mjs [--backends wasm,onnx] [--networks resnet18,preActResNet18,wideResNet] [--batch 32] [--rounds 7]
// [--threads 2] [--smoke]`: what `foldBatchNorm` gains an attack: the time of an input gradient of the network as it is and of the
// folded one, in turns and within `frozen`, as attacks make it: medians, and median and quartiles of the rounds' ratios. A
// backend in a process of its own. Runs on `dist`.
import { execFileSync } from 'node:child_process';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { foldBatchNorm } from '@agoge/architectures';
import { architectures } from '@agoge/architectures/registry';
import { crossEntropy } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel, frozen } from '@agoge/core';
import { grad, randomUniform, sum, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { figure } from './cells.mjs';
import { median, spread } from './figures.mjs';
import { loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'wasm,onnx' },
    networks: { type: 'string', default: 'resnet18,preActResNet18,wideResNet' },
    batch: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
    backend: { type: 'string' },
  },
});
const { smoke } = values;
/** Networks that are too large for a bench of minutes as their papers have them. */
const narrower = { wideResNet: { depth: 16, width: 4 } };

if (values.backend) {
  if (values.backend === 'onnx') await import('@agoge/backend-onnx');
  await useBackend(values.backend, values.backend === 'onnx' ? { onnx: { threads: Number(values.threads) } } : {});
  for (const name of values.networks.split(',')) report(`${values.backend}, ${name}: ${await gain(name)}`);
  exit(0);
}

report(machineLine());
report(loadLine());
for (const backend of values.backends.split(',')) {
  const args = [fileURLToPath(import.meta.url), ...argv.slice(2), '--backend', backend];
  process.stdout.write(execFileSync(execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

async function gain(name) {
  const batch = smoke ? 2 : Number(values.batch);
  const model = architectures[name]({ ...narrower[name], ...(smoke && { width: name === 'wideResNet' ? 1 : 4 }) });
  const sides = [model, foldBatchNorm(model)].map((each) => fromLayersModel(each, { bounds: [0, 1] }));
  const x = randomUniform([batch, 32, 32, 3], 0, 1, 'float32', 1);
  const y = tensor1d(new Int32Array(batch), 'int32');
  const time = async (f) => {
    const started = performance.now();
    const gradient = tidy(() => grad((images) => sum(crossEntropy(f(images), y)))(x));
    await gradient.data();
    gradient.dispose();
    return performance.now() - started;
  };
  const rounds = [];
  await frozen(sides[0], () =>
    frozen(sides[1], async () => {
      for (let round = -2; round < (smoke ? 1 : Number(values.rounds)); round++) {
        const order = round % 2 === 0 ? [0, 1] : [1, 0];
        const ms = [];
        for (const side of order) ms[side] = await time(sides[side]);
        if (round >= 0) rounds.push(ms);
      }
    }),
  );
  const [plain, folded] = [0, 1].map((side) => figure(median(rounds.map((ms) => ms[side]))));
  const ratio = spread(rounds.map((ms) => ms[0] / ms[1]));
  const quartiles = `${figure(ratio.low)} to ${figure(ratio.high)}`;
  return `${plain} ms, folded ${folded} ms: ${figure(ratio.median)} times as fast (${quartiles})`;
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
