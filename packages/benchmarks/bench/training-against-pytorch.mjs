// `node bench/training-against-pytorch.mjs [--rounds 5] [--only resnet18/32,fast-at-cnn] [--objectives adversarialTraining,trades]
// [--backends onnx] [--python python3 ...] [--threads 2] [--limit 300] [--device cpu] [--json FILE] [--smoke]`
//
// A step of adversarial training, PGD of ten steps within it, by our loop and by PyTorch's eager mode, in turns and in processes of
// their own; and by hand out of the loop's parts, in the same process as the loop: what the loop adds. The first backend is held
// against all others. Fresh images in each step, its loss read. `--limit`: the seconds that a contestant has for a row, after which
// it takes part in no further round. Runs on `dist`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { figure, megabytes, padded, percent } from './cells.mjs';
import { median, speedRatio, spread } from './figures.mjs';
import { load, loadLine, machine, machineLine } from './machine.mjs';
import { contestants, start, timeInTurns } from './turns.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    objectives: { type: 'string', default: 'adversarialTraining,trades' },
    backends: { type: 'string', default: 'onnx' },
    python: { type: 'string', multiple: true, default: ['python3'] },
    threads: { type: 'string', default: '2' },
    limit: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    json: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke, device } = values;
const [rounds, threads, limit] = [values.rounds, values.threads, values.limit ?? (smoke ? 2 : 300)].map(Number);
const backends = values.backends.split(',');
const [ours] = backends;

const cifar = { eps: 8 / 255, steps: 10, stepSize: 2 / 255 };
const mnist = { eps: 0.3, steps: 10, stepSize: 0.075 };
const sizes = smoke
  ? [
      { network: 'resnet18', width: 4, batch: 4, options: cifar },
      { network: 'fast-at-cnn', width: 2, batch: 4, options: mnist },
    ]
  : [
      { network: 'fast-at-cnn', batch: 128, options: mnist },
      { network: 'resnet18', batch: 32, options: cifar },
      { network: 'resnet18', batch: 128, options: cifar },
    ];
const nameOf = ({ network, batch }) => `${network}/${batch}`;
const wanted = values.only?.split(',');
const chosen = sizes.filter((size) => !wanted || wanted.some((each) => nameOf(size).startsWith(each)));
if (chosen.length === 0) throw new RangeError(`--only: there are ${sizes.map(nameOf).join(', ')}`);

const about = { date: new Date().toISOString(), machine: machine(), load: { before: load() }, rounds, threads };
console.log(machineLine(about.machine));
console.log(loadLine(about.load.before));

const told = new Set();
const say = (line) => {
  if (!told.has(line)) console.log(line);
  told.add(line);
};
const rows = [];
for (const size of chosen) {
  // Each size in fresh processes, for their memory's sake.
  const players = await playersOf();
  for (const objective of values.objectives.split(',')) {
    const asked = { kind: 'objective', ...size, objective };
    const results = Object.fromEntries(await timeInTurns(asked, players.flatMap(alsoByHand), { rounds, limit }));
    rows.push({ case: asked, results });
    // A run that is stopped has told what it knew.
    for (const cells of linesOf(rows.at(-1))) process.stderr.write(`${cells.join('  ')}\n`);
  }
  await Promise.all(players.map(({ end }) => end()));
}
about.load.after = load();

const head = ['', 'contestant', 'ms', 'quartiles', `${ours} is × as fast`, 'first call, ms', 'peak memory, MB'];
console.log(`\n${padded([head, ...rows.flatMap(linesOf)]).join('\n')}\n`);
for (const { case: asked, results } of rows) {
  const [whole, byHand] = [results[ours]?.times, results[handOf(ours)]?.times];
  if (!whole || !byHand) continue;
  const added = speedRatio(byHand, whole) - 1;
  console.log(`${nameOf(asked)}, ${asked.objective}: the loop adds ${percent(added)} to the step by hand`);
}
console.log(
  `medians of ${rounds} rounds in turns, ${threads} threads each; load after: ${about.load.after.toFixed(2)}`,
);
if (values.json) writeFileSync(values.json, JSON.stringify({ ...about, rows }));

async function playersOf() {
  const started = await Promise.all(
    contestants(backends, values.python, 'pytorch_training').map((each) => start(each, { threads, device })),
  );
  for (const { name, words, missing } of started) say(missing ? `left out: ${name}: ${missing}` : `${name}: ${words}`);
  return started.filter(({ missing }) => missing === undefined);
}

function handOf(name) {
  return `${name}, by hand`;
}

/** Ours once more, without its loop. */
function alsoByHand(player) {
  if (player.name !== ours) return [player];
  const ask = (asked, calls) => player.ask({ ...asked, bare: true }, calls);
  return [player, { ...player, name: handOf(ours), ask }];
}

function linesOf({ case: asked, results }) {
  return Object.entries(results).map(([name, { error, times, images, first, peak }], i) => {
    const label = i === 0 ? `${nameOf(asked)}, ${asked.objective}` : '';
    if (error) return [label, name, `failed: ${error}`, '–', '–', '–', '–'];
    const { low, high } = spread(times);
    const ratio = name === ours ? '' : figure(speedRatio(results[ours]?.times ?? [], times));
    const sure = images ? '~' : '';
    return [
      ...[label, name, `${sure}${figure(median(times))}`, `${figure(low)} to ${figure(high)}`, ratio],
      ...[figure(first), megabytes(images ? undefined : peak)],
    ];
  });
}
