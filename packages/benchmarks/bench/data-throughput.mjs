// `node bench/data-throughput.mjs [--rounds 5] [--images 512] [--only crop,fog] [--python python3] [--tfjs-data MODULE]
// [--photograph FILE.jpg] [--files]`: images per second of readers, augmentations and corruptions, ours beside torchvision (the libraries
// that made the originals for corruptions) and tf.data, in turns and in processes of their own, one thread each. 32 x 32 x 3 but
// for the photograph, which is decoded, made 256 high or wide by bilinear resampling, and cut to 224 x 224. With --files the Python
// writes what else is read: a MAT file, an archive of arrays, a table. The parquet file holds PNGs. Runs on `dist`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases, fileCases } from './data-cases.mjs';
import { spread } from './figures.mjs';
import { load, machineLine } from './machine.mjs';
import { start } from './turns.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    images: { type: 'string', default: '512' },
    only: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    'tfjs-data': { type: 'string', default: '@tensorflow/tfjs-data' },
    photograph: { type: 'string' },
    files: { type: 'boolean', default: false },
  },
});
const [rounds, images] = [values.rounds, values.images].map(Number);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const files = values.files ? mkdtempSync(join(tmpdir(), 'agoge-data-')) : undefined;
if (files) execFileSync(values.python, [path('../peers/data_files.py'), files, String(images)], { stdio: 'inherit' });
const conditions = { threads: 1, photograph: values.photograph, files, tfjsData: values['tfjs-data'] };
const contestant = path('data-contestant.mjs');
const wanted = [
  { name: 'ours', command: execPath, args: [contestant, 'ours'] },
  { name: 'tf.data', command: execPath, args: [contestant, 'tf.data'] },
  { name: 'Python', command: values.python, args: [path('../peers/data_throughput.py')] },
];

console.log(machineLine());
const before = load();
const isBusy = before > 0.5 ? ': others are at work; these rates are too low, and not to be quoted' : '';
console.log(`load before: ${before.toFixed(2)}${isBusy}`);
const players = [];
for (const each of wanted) {
  const player = await start(each, conditions);
  console.log(`${each.name}: ${player.missing ? `left out: ${player.missing}` : player.words}`);
  if (!player.missing) players.push(player);
}
console.log(`${images} images a call, medians of ${rounds} rounds in turns (quartiles): images per second\n`);
console.log(['case'.padEnd(22), ...players.map(({ name }) => name.padStart(28))].join(''));
for (const name of cases) {
  if (values.only && !values.only.split(',').includes(name)) continue;
  if (name === 'photograph' && !values.photograph) continue;
  if (fileCases.includes(name) && !files) continue;
  const rates = new Map(players.map((player) => [player, []]));
  const absent = new Map();
  for (let round = -1; round < rounds; round++) {
    for (const player of round % 2 ? players.toReversed() : players) {
      if (absent.has(player)) continue;
      const { error, ms } = await player.ask({ name, images, seed: round + 1 }, 1);
      if (error) absent.set(player, error);
      // The round before the first warms up.
      else if (round >= 0) rates.get(player).push((images / ms) * 1000);
    }
  }
  const cells = players.map((player) => {
    if (absent.has(player)) return absent.get(player).slice(0, 26).padStart(28);
    const { median, low, high } = spread(rates.get(player));
    return `${round(median)} (${round(low)} to ${round(high)})`.padStart(28);
  });
  console.log(name.padEnd(22) + cells.join(''));
}
console.log(`\nload after: ${load().toFixed(2)}`);
await Promise.all(players.map(({ end }) => end()));
if (files) rmSync(files, { recursive: true });

function round(rate) {
  return rate >= 100 ? Math.round(rate).toString() : rate.toPrecision(2);
}
