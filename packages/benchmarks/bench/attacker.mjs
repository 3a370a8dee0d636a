// The contestant of autoattack.mjs that runs our attacks, started by turns.mjs: `node bench/attacker.mjs BACKEND`. Lines of JSON
// in, lines of JSON out, as of ../peers/autoattack_lenet5.py, whose names of attacks it takes; `passes` are none, but tells what
// a forward pass of the classifier, and one with the gradient to the image, takes by itself. Runs on `dist`.
import { readFile } from 'node:fs/promises';
import { argv, exit, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { autoAttack, crossEntropy, isRobust, runAttacks } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromSafetensors } from '@agoge/benchmarks';
import { ensureGradients, frozen, lossAndGradient } from '@agoge/core';
import { mnist } from '@agoge/datasets';
import { folderFiles } from '@agoge/datasets/node';
import { tensor1d, tensor4d, version_core } from '@tensorflow/tfjs-core';

// The lines on stdout are answers; what TensorFlow.js says goes elsewhere.
console.log = console.error;
let opened;
for await (const line of createInterface({ input: stdin })) {
  const asked = JSON.parse(line);
  const answer = await (opened ? attack(asked.case) : open(asked)).catch(({ message }) => ({
    error: message.split('\n')[0],
  }));
  stdout.write(`${JSON.stringify(answer)}\n`);
}
exit(0);

async function open({ threads, weights, mnist: folder }) {
  const name = argv[2];
  if (name === 'onnx') await import('@agoge/backend-onnx');
  const { why } = await useBackend(name, name === 'onnx' ? { onnx: { threads } } : {});
  const { classifier } = fromSafetensors(await readFile(weights), { architecture: 'lenet5', bounds: [0, 1] });
  opened = { classifier, data: await mnist({ files: folderFiles(folder), split: 'test' }) };
  return { words: `Agoge on ${why.replace(/: asked for$/, '')}, TensorFlow.js ${version_core}` };
}

/** The parts of version standard by name, or all of it. */
async function attack({ attack: asked, norm, eps, n, seed, batch }) {
  if (asked === 'passes') return passes(batch);
  const [ce, targeted, fab, square] = autoAttack({ norm, eps });
  const parts = { 'apgd-ce': ce, 'apgd-t': targeted, 'fab-t': fab, square };
  const attacks = asked === 'standard' ? Object.values(parts) : asked.split(',').map((name) => parts[name]);
  const { classifier, data } = opened;
  const start = performance.now();
  const { records, attacks: summaries } = await runAttacks(classifier, data, attacks, {
    ...{ examples: n, batchSize: batch, seed },
  });
  return {
    ms: performance.now() - start,
    robust: records.map((record) => Number(isRobust(record))),
    passes: summaries.map(({ forwards, backwards }) => ({ forwards, backwards })),
  };
}

/** Milliseconds per image of a forward pass, and of one with its gradient, in batches as the attacks make them. */
async function passes(batchSize, calls = 8) {
  const { classifier: f, data } = opened;
  await ensureGradients();
  for await (const { x: pixels, shape, y: labels } of data.batches({ batchSize })) {
    const [x, y] = [tensor4d(pixels, shape), tensor1d(labels, 'int32')];
    const forward = async () => f(x);
    const gradient = async () => {
      const { logits, loss, gradient: g } = lossAndGradient(f, x, (z) => crossEntropy(z, y));
      for (const each of [logits, loss]) each.dispose();
      return g;
    };
    const timed = async (pass) => {
      let start;
      for (let call = -2; call < calls; call++) {
        if (call === 0) start = performance.now();
        const found = await pass();
        await found.data();
        found.dispose();
      }
      return (performance.now() - start) / calls / y.size;
    };
    const told = await frozen(f, async () => ({ forward: await timed(forward), gradient: await timed(gradient) }));
    for (const each of [x, y]) each.dispose();
    return told;
  }
}
