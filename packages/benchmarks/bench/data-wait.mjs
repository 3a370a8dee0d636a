// `node --expose-gc bench/data-wait.mjs [--batch 128] [--steps 12] [--rounds 3] [--depth 2] [--backend onnx] [--threads 2]
// [--smoke]`: how long training waits for its images, as a share of the time of a step of ResNet-18 (standard training, the
// shortest step there is) on 60,000 augmented images of CIFAR's size, with and without reading ahead, in turns; before that,
// whether memory stays flat over an epoch. Runs on `dist`.
import { argv, exit, memoryUsage, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { standard, train } from '@agoge/adv-train';
import { resnet18 } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { augmented, compose, fromArrays, prefetched, randomCrop, randomFlip } from '@agoge/datasets';
import { megabytes } from './cells.mjs';
import { loadLine, machineLine } from './machine.mjs';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '3' },
    depth: { type: 'string', default: '2' },
    backend: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke, backend } = values;
const [batchSize, steps, rounds] = smoke ? [8, 3, 1] : [values.batch, values.steps, values.rounds].map(Number);
const [depth, threads] = [values.depth, values.threads].map(Number);
/** Steps at the beginning of a turn that are not counted: programs are compiled, the first batches read. */
const before = 2;

const report = (line) => stdout.write(`${line}\n`);
report(machineLine());
report(loadLine());
const data = augmented(images(smoke ? 600 : 60_000), compose(randomCrop({ padding: 4 }), randomFlip()));
const sources = { 'as asked for': data, [`${depth} read ahead`]: prefetched(data, { depth }) };

// First, since nothing that training left behind then hides what data take.
for (const [name, source] of Object.entries(sources)) {
  for (const holds of [undefined, 1])
    await epoch(`${name}, ${holds ? 'arrays written over' : 'new arrays'}`, source, holds);
}
await waiting();
exit(0);

/** Bytes that are no picture, of ten classes by turns. */
function images(n) {
  const x = new Uint8Array(n * 32 * 32 * 3);
  for (let i = 0, state = 1; i < x.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    x[i] = state >>> 24;
  }
  return fromArrays({ x, shape: [n, 32, 32, 3], y: Int32Array.from({ length: n }, (_, i) => i % 10), classes: 10 });
}

async function waiting() {
  if (backend === 'onnx') await import('@agoge/backend-onnx');
  await useBackend(backend, backend === 'onnx' ? { onnx: { threads } } : {});
  const model = fromLayersModel(resnet18(smoke ? { width: 4 } : {}), { bounds: [0, 1] });
  const clocks = Object.fromEntries(
    Object.keys(sources).map((name) => [name, { waited: 0, all: 0, longest: 0, n: 0 }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(sources)) await turn(model, sources[name], clocks[name]);
  }
  report(`\nResNet-18, ${backend}, ${threads} threads, batches of ${batchSize}, ${rounds} x ${steps} steps each:`);
  for (const [name, { waited, all, longest, n }] of Object.entries(clocks)) {
    const share = `${((100 * waited) / all).toFixed(2)} % of the time`;
    const each = `${(waited / n).toFixed(1)} of ${(all / n).toFixed(0)} ms a step, ${longest.toFixed(1)} at most`;
    report(`  ${name}: waits ${share} (${each})`);
  }
}

/** Trains some steps; adds to the clock what lies between asking for a batch and having it, and all there is. */
async function turn(model, source, clock) {
  let place = 0;
  let counted;
  const timed = {
    examples: source.examples,
    classes: source.classes,
    bounds: source.bounds,
    shape: source.shape,
    hash: 'not asked for',
    async *batches(options) {
      const iterator = source.batches(options)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const asked = performance.now();
          const { done, value } = await iterator.next();
          if (done) return;
          const ms = performance.now() - asked;
          if (counted !== undefined) {
            clock.waited += ms;
            clock.longest = Math.max(clock.longest, ms);
          }
          yield value;
        }
      } finally {
        await iterator.return?.();
      }
    },
  };
  for await (const _ of train(model, timed, { objective: standard(), epochs: 1, batchSize, seed: 0 })) {
    place++;
    if (place === before) counted = performance.now();
    if (place === before + steps) break;
  }
  clock.all += performance.now() - counted;
  clock.n += steps;
}

/** Goes through an epoch as a trainer does, but for the training, and tells the memory at its tenths. */
async function epoch(name, source, holds) {
  globalThis.gc?.();
  const start = memoryUsage();
  const found = [];
  let seen = 0;
  const began = performance.now();
  for await (const { shape } of source.batches({ batchSize, seed: 0, ...(holds && { holds }) })) {
    seen += shape[0];
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (seen >= ((found.length + 1) * source.examples) / 10) found.push(memoryUsage());
  }
  const seconds = (performance.now() - began) / 1000;
  const row = (what) => found.map((each) => Math.round((each[what] - start[what]) / 2 ** 20)).join(', ');
  report(`\nan epoch of ${seen} images, ${name}: ${(seen / seconds).toFixed(0)} images/s`);
  report(`  resident set, MB beside ${megabytes(start.rss)} at the start, after each tenth: ${row('rss')}`);
  report(`  array buffers, MB beside ${megabytes(start.arrayBuffers)}: ${row('arrayBuffers')}`);
}
