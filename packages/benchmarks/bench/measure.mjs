// The measurements of `agoge bench`: suites of cases, contestants in turns, a report that grows row by row.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { contestantsOf, withByHand } from './contestants.mjs';
import { fileCases } from './data-cases.mjs';
import { gigaflops, median } from './figures.mjs';
import { load, loadLine, machine, machineLine } from './machine.mjs';
import { suites } from './suites.mjs';
import { start, timeInTurns } from './turns.mjs';

export { speedsOf, tablesOf } from './report.mjs';

/** Seconds that a contestant has for a row, where there is time enough; of a smoke test the second. */
const ample = [20, 0.5];
/** Of convolutions and data there are many: a row of those has a quarter. */
const weightOf = ({ kind }) => (kind === 'convolution' || kind === 'data' ? 0.25 : 1);
/** The program that writes files for readers. */
const fileMaker = fileURLToPath(new URL('../peers/data_files.py', import.meta.url));

/**
 * Measures.
 *
 * @param options `only`, `smoke`, `backends`, `pythons`, `threads`, `device`, `rounds`; `places` by name (`tfjs-node`, `tfjs-data`,
 *   `photograph`); `limit`, seconds in all, which the rows share; `signal`; `onLine`, told what a reader wants to know; `onGroup`,
 *   told what comes next; `onRow`, awaited with the report so far
 * @returns the report: `machine`, `load`, `contestants` in words, `missing` and why, `peak`, `rows`, and `left`, the rows that
 *   there was no time for
 * @throws RangeError for an unknown name in `only`
 */
export async function measure(options) {
  const {
    only,
    smoke,
    backends,
    threads,
    device = 'cpu',
    rounds,
    limit = Number.POSITIVE_INFINITY,
    places = {},
    signal,
  } = options;
  const { onLine = () => {}, onGroup = () => {}, onRow = () => {} } = options;
  const groups = suites({ only, smoke, cores: cpus().length, places });
  const until = performance.now() + 1000 * limit;
  const report = {
    ...{ date: new Date().toISOString(), machine: machine(), load: { before: load() }, rounds, threads, device },
    ...{ contestants: {}, missing: {}, rows: [], left: [] },
  };
  onLine(machineLine(report.machine));
  onLine(loadLine(report.load.before));
  const files = groups.some(({ suite }) => suite === 'data') ? await filesOf(options) : undefined;
  let ahead = groups.flatMap(({ cases }) => cases).reduce((sum, each) => sum + weightOf(each), 0);
  try {
    for (const group of groups) {
      signal?.throwIfAborted();
      if (performance.now() >= until) {
        report.left.push(...group.cases.map(({ row, label = row }) => ({ title: group.title, row: label })));
        continue;
      }
      onGroup(group.title);
      await ofGroup(group);
    }
  } finally {
    if (files) await rm(files, { recursive: true });
  }
  report.load.after = load();
  await onRow(report);
  return report;

  async function ofGroup({ cases, ...group }) {
    const players = await playersOf(group);
    try {
      for (const asked of cases) {
        signal?.throwIfAborted();
        const left = (until - performance.now()) / 1000;
        const weight = weightOf(asked);
        const share = Math.min(ample[smoke ? 1 : 0], left / ahead / Math.max(1, players.length)) * weight;
        ahead -= weight;
        const able = players.filter(({ can }) => can(asked) && (files !== undefined || !fileCases.includes(asked.row)));
        if (left <= 0) report.left.push({ title: group.title, row: asked.label ?? asked.row });
        if (left <= 0 || able.length === 0) continue;
        const results = Object.fromEntries(await timeInTurns(asked, able, { rounds, limit: share }));
        signal?.throwIfAborted();
        const { suite, name, title } = group;
        report.rows.push({ suite, group: name, title, case: asked, results });
        if (suite === 'peak') report.peak = peakOf(asked, results);
        await onRow(report);
      }
    } finally {
      await Promise.all(players.map(({ end }) => end()));
    }
  }

  /** Those that start, in fresh processes; who does not is not asked again. */
  async function playersOf(group) {
    const wanted = contestantsOf(group, options).filter(({ name }) => !(name in report.missing));
    const conditions = {
      ...{ threads, device, files, photograph: places.photograph },
      ...{
        tfjsNode: places['tfjs-node'] ?? env.AGOGE_TFJS_NODE,
        tfjsData: places['tfjs-data'] ?? '@tensorflow/tfjs-data',
      },
    };
    const started = await Promise.all(
      wanted.map(async (each) => ({ asked: each.name, ...(await start(each, conditions, signal)) })),
    );
    signal?.throwIfAborted();
    for (const { asked, name, words, missing } of started) {
      const known = missing === undefined ? report.contestants : report.missing;
      const key = missing === undefined ? name : asked;
      if (key in known) continue;
      known[key] = missing ?? words;
      onLine(missing === undefined ? `${name}: ${words}` : `left out: ${asked}: ${missing}`);
    }
    const players = started.filter(({ missing }) => missing === undefined);
    return group.byHand ? players.flatMap((each) => (each.name === backends[0] ? withByHand(each) : each)) : players;
  }

  /** Files for readers, written by the first Python that can. */
  async function filesOf({ pythons }) {
    const folder = await mkdtemp(join(tmpdir(), 'agoge-bench-'));
    let why = 'there is no Python';
    for (const python of pythons) {
      try {
        await promisify(execFile)(python, [fileMaker, folder, smoke ? '32' : '512'], { signal });
        return folder;
      } catch ({ message }) {
        signal?.throwIfAborted();
        why = message.trim().split('\n').at(-1);
      }
    }
    await rm(folder, { recursive: true });
    onLine(`left out: ${fileCases.join(', ')}, since nobody writes the files: ${why}`);
    return undefined;
  }
}

/** The machine's peak: the best rate among the contestants. */
function peakOf({ size }, results) {
  const rates = Object.entries(results).flatMap(([name, { times }]) =>
    times?.length ? [[name, gigaflops(2 * size ** 3, median(times))]] : [],
  );
  return { size, rates: Object.fromEntries(rates), gigaflops: Math.max(0, ...rates.map(([, rate]) => rate)) };
}
