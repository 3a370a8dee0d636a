// `node bench/table.mjs [--rounds 5] [--only resnet18/32,lenet5] [--backends onnx,wasm,wasm-stock,tensorflow] [--tfjs-node FOLDER]
// [--python python3 ...] [--threads 2] [--limit 20] [--device cpu] [--json FILE] [--markdown FILE] [--smoke]`
//
// Networks and the convolutions of ResNet-18 on the backends of TensorFlow.js and in PyTorch eager, in turns; the first backend is
// held against all others. Who is not installed is left out, and why is said. Fresh images in each call, results read. `--limit`:
// the seconds that a contestant has for a row, after which it takes part in no further round. Runs on `dist`.
import { renameSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { parseArgs } from 'node:util';
import { markdown, padded } from './cells.mjs';
import { gigaflops, median } from './figures.mjs';
import { load, loadLine, machine, machineLine } from './machine.mjs';
import { notes, sectionTables } from './report.mjs';
import { sections } from './sections.mjs';
import { contestants, start, timeInTurns } from './turns.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    backends: { type: 'string', default: 'onnx,wasm,wasm-stock,tensorflow' },
    'tfjs-node': { type: 'string', default: env.AGOGE_TFJS_NODE },
    python: { type: 'string', multiple: true, default: ['python3'] },
    threads: { type: 'string', default: '2' },
    limit: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
});
const { smoke, device } = values;
values.limit ??= smoke ? '2' : '20';
const [rounds, threads, limit] = ['rounds', 'threads', 'limit'].map((name) => {
  const number = Number(values[name]);
  if (number > 0) return number;
  throw new RangeError(`--${name} must be a number above 0, got ${values[name]}`);
});
const chosen = sections({ only: values.only?.split(','), smoke });
const backends = values.backends.split(',');
const [ours] = backends;

const began = performance.now();
const about = { date: new Date().toISOString(), machine: machine(), load: { before: load() }, rounds, threads };
const lines = [];
say(machineLine(about.machine));
say(loadLine(about.load.before));

const takingPart = new Map();
const missing = new Map();
const results = new Map();
let peak;
for (const { name, title, cases } of chosen) {
  process.stderr.write(`${name}: ${cases.length} rows, ${minutes()} minutes after the start\n`);
  const players = await playersOf();
  const measured = [];
  for (const asked of cases) {
    // Without constants there is one gradient, with weights frozen or not.
    const able = players.filter(
      (each) => asked.row !== 'input gradient, weights fed' || each.name === ours || each.kind === 'pytorch',
    );
    const budget = asked.kind === 'network' ? limit : limit / 4; // of convolutions there are many
    measured.push({
      case: asked,
      results: Object.fromEntries(await timeInTurns(asked, able, { rounds, limit: budget })),
    });
  }
  await Promise.all(players.map(({ end }) => end()));
  if (name === 'peak') measurePeak(measured[0]);
  else if (results.has(name)) results.get(name).measured.push(...measured);
  else results.set(name, { name, title, measured });
}
const joined = [...results.values()];
const tables = joined.flatMap((section) => sectionTables(section, ours, peak.gigaflops));
const remarks = joined.flatMap(notes);
about.load.after = load();
for (const table of tables) process.stdout.write(['', table.title, ...padded(table.rows), ''].join('\n'));
for (const each of remarks) say(each);
say(
  `medians of ${rounds} rounds in turns, ${threads} threads each, in ${minutes()} minutes; load after: ${about.load.after.toFixed(2)}`,
);

const taking = { contestants: Object.fromEntries(takingPart), missing: Object.fromEntries(missing) };
if (values.json) write(values.json, JSON.stringify({ ...about, ...taking, peak, sections: joined }));
if (values.markdown) {
  const blocks = tables.flatMap(({ title, rows }) => [`### ${title}`, '', ...markdown(rows), '']);
  write(values.markdown, [...lines.map((line) => `- ${line}`), '', ...blocks].join('\n'));
}

/** Those that start, in fresh processes; who does not is not asked again. */
async function playersOf() {
  const wanted = contestants(backends, values.python).filter((each) => !missing.has(each.name));
  const conditions = { threads, device, ...(values['tfjs-node'] && { tfjsNode: values['tfjs-node'] }) };
  const started = await Promise.all(
    wanted.map(async (each) => ({ asked: each.name, ...(await start(each, conditions)) })),
  );
  for (const { asked, name, words, missing: why } of started) {
    if (why !== undefined && !missing.has(asked)) {
      missing.set(asked, why);
      say(`left out: ${asked}: ${why}`);
    } else if (why === undefined && !takingPart.has(name)) {
      takingPart.set(name, words);
      say(`${name}: ${words}`);
    }
  }
  return started.filter((each) => each.missing === undefined);
}

/** The machine's peak: the best rate among the contestants. */
function measurePeak({ case: { size }, results: found }) {
  const flops = 2 * size ** 3;
  const rates = Object.entries(found).flatMap(([name, { times }]) =>
    times ? [[name, gigaflops(flops, median(times))]] : [],
  );
  if (rates.length === 0) throw new Error('no contestant runs: the reasons stand above');
  peak = { size, rates: Object.fromEntries(rates), gigaflops: Math.max(...rates.map(([, rate]) => rate)) };
  say(
    `product of ${size} x ${size}, GFLOPS: ${rates.map(([name, rate]) => `${name} ${rate.toFixed(0)}`).join(', ')}; the best is the peak`,
  );
}

/** Whole or not at all. */
function write(file, text) {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

function minutes() {
  return ((performance.now() - began) / 60_000).toFixed(1);
}

function say(line) {
  lines.push(line);
  process.stdout.write(`${line}\n`);
}
