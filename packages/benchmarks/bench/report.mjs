// A report as tables of text and as speeds to be drawn. Pure.
import { figure, megabytes, percent } from './cells.mjs';
import { gigaflops, median, overhead, speedRatio, speedRatios, spread } from './figures.mjs';

/**
 * All of a report: for each title a table with a line per row and contestant, and, of a backend that tells it, what compiling
 * and recording cost. Columns that nobody fills are left out.
 *
 * @returns tables, `title` and `rows`, the first of these the head; and `notes`: the peak, what was compared, what failed, what
 *   was measured otherwise than asked or is another result, and what there was no time for
 */
export function tablesOf({ rows, peak, left = [] }) {
  const sections = sectionsOf(rows);
  return {
    tables: sections.flatMap((section) => sectionTables(section, peak?.gigaflops)),
    notes: [
      ...(peak ? [peakLine(peak)] : []),
      ...comparedLine(sections),
      ...troubleLines(sections),
      ...leftLines(left),
    ],
  };
}

/**
 * How fast the contestants were, as shares of the speed of the first: medians and quartiles over the rounds that both took part
 * in. Who computed something else has no speed.
 *
 * @returns for each title but those of convolutions its `bars`: `row`, `name`, `ms`, `speed`, `low` and `high`
 */
export function speedsOf({ rows }) {
  return sectionsOf(rows)
    .filter(({ measured }) => measured[0].case.kind !== 'convolution')
    .map(({ title, ours, measured }) => ({
      title,
      bars: measured.flatMap(({ case: { row, label = row }, results }) => {
        const first = results[ours];
        return Object.entries(results).flatMap(([name, result]) => {
          const { median: speed, low, high } = spread(speedRatios(result.times ?? [], first?.times ?? []));
          if (Number.isNaN(speed) || isOther(result, first)) return [];
          return [{ row: label, name, ms: median(result.times), speed, low, high }];
        });
      }),
    }))
    .filter(({ bars }) => new Set(bars.map(({ name }) => name)).size > 1);
}

/** Rows by title, in their order; `ours` is the contestant that the others are held against. */
function sectionsOf(rows) {
  const sections = new Map();
  for (const row of rows.filter(({ suite }) => suite !== 'peak')) {
    if (!sections.has(row.title)) {
      sections.set(row.title, { title: row.title, ours: Object.keys(row.results)[0], measured: [] });
    }
    sections.get(row.title).measured.push(row);
  }
  return [...sections.values()];
}

const peakLine = ({ size, rates }) =>
  `product of ${size} x ${size}, GFLOPS: ${Object.entries(rates)
    .map(([name, rate]) => `${name} ${rate.toFixed(0)}`)
    .join(', ')}; the best is the peak`;

/** By how much results of the same, in float32 and summed in another order, may be apart. */
const tolerance = 1e-3;

/** Whether two computed the same, which nobody does who has no number (null); undefined where that was not looked at. */
function agrees({ check: a } = {}, { check: b } = {}) {
  if (a === undefined || b === undefined) return undefined;
  return a !== null && b !== null && Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
const isOther = (result, first) => agrees(result, first) === false;

/** Before a time: that it is of another result, or of two images. */
const marks = (result, first) => `${isOther(result, first) ? '≠' : ''}${result.images ? '~' : ''}`;

function comparedLine(sections) {
  const compared = sections.flatMap(({ ours, measured }) =>
    measured.flatMap(({ results: { [ours]: first, ...others } }) =>
      Object.values(others).flatMap((each) => agrees(each, first) ?? []),
    ),
  );
  const same = compared.filter(Boolean).length;
  return compared.length
    ? [`results held against the first contestant’s: ${compared.length}, of which ${same} agree to ${tolerance}`]
    : [];
}

/** The values of pairs, each once, by their keys. */
function grouped(pairs) {
  const found = new Map();
  for (const [key, value] of pairs) found.set(key, (found.get(key) ?? new Set()).add(value));
  return [...found].map(([key, values]) => [key, [...values]]);
}

const leftLines = (left) =>
  grouped(left.map(({ title, row }) => [title, row])).map(
    ([title, rows]) => `no time for ${title}: ${rows.join(', ')}`,
  );

function sectionTables({ title, ours, measured }, peak) {
  const isKernel = measured[0].case.kind === 'convolution';
  return [
    { title, rows: isKernel ? kernelRows(measured, ours) : filled(callRows(measured, ours, peak)) },
    { title: `${title}: ${ours} compiles and records`, rows: recordingRows(measured, ours) },
  ].filter(({ rows }) => rows.length > 1);
}

const operations = (results) => Object.values(results).find(({ flops }) => flops)?.flops;

function callRows(measured, ours, peak) {
  const head = [
    ...['', 'contestant', 'ms', 'quartiles', `${ours} is × as fast`],
    ...['images/s', 'of peak', 'first call, ms', 'peak memory, MB'],
  ];
  const rows = measured.flatMap(({ case: { row, label = row, batch }, results }) =>
    Object.entries(results).map(([name, result], i) => {
      const { error, times, images, first, peak: memory } = result;
      const title = i === 0 ? label : '';
      if (error) return [title, name, 'failed', ...Array(head.length - 3).fill('–')];
      const { median: ms, low, high } = spread(times);
      return [
        ...[title, name, `${marks(result, results[ours])}${figure(ms)}`, `${figure(low)} to ${figure(high)}`],
        name === ours ? '' : figure(speedRatio(results[ours]?.times ?? [], times)),
        figure((1000 * batch) / ms),
        percent(gigaflops(operations(results) ?? Number.NaN, ms) / (peak ?? Number.NaN)),
        ...[figure(first), megabytes(images ? undefined : memory)],
      ];
    }),
  );
  return [head, ...rows];
}

/** Without columns in which nothing stands. */
function filled([head, ...rows]) {
  const says = head.map((_, i) => i === 0 || rows.some((row) => row[i] !== '' && row[i] !== '–'));
  return [head, ...rows].map((row) => row.filter((_, i) => says[i]));
}

function kernelRows(measured, ours) {
  const names = [...new Set(measured.flatMap(({ results }) => Object.keys(results)))];
  const others = names.filter((name) => name !== ours);
  const head = ['convolution', 'kernel', `${ours}, ms`, 'GFLOPS', ...others.map((name) => `${name}, ms (×)`)];
  const rows = measured.map(({ case: { row, size, from, to, kernel, stride }, results }) => {
    const mine = results[ours]?.times ?? [];
    return [
      `${kernel}x${kernel}${stride > 1 ? `/${stride}` : ''}, ${from} to ${to}, ${size}x${size}`,
      row,
      figure(median(mine)),
      figure(gigaflops(operations(results), median(mine))),
      ...others.map((name) => {
        const { [name]: result = {}, [ours]: first } = results;
        const { times } = result;
        return times ? `${marks(result, first)}${figure(median(times))} (${figure(speedRatio(mine, times))})` : '–';
      }),
    ];
  });
  return [head, ...rows];
}

function recordingRows(measured, ours) {
  const head = ['', 'graphs', 'compile, ms', 'first call, ms', 'outside ONNX Runtime, ms', 'of a call'];
  const rows = measured.flatMap(({ case: { kind, row, label = row }, results }) => {
    const { compiled, compileMs, first, times, runs } = results[ours] ?? {};
    if (!runs?.length || kind === 'convolution') return [];
    const outside = times.map((ms, i) => overhead(ms, runs[i]));
    const [ms, share] = ['ms', 'share'].map((key) => median(outside.map((each) => each[key])));
    return [[label, String(compiled), figure(compileMs), figure(first), figure(ms), percent(share)]];
  });
  return [head, ...rows];
}

/** What failed, is another result, or was measured otherwise than asked: for each contestant and reason a line, with the rows. */
function troubleLines(sections) {
  const troubles = sections.flatMap(({ title, ours, measured }) =>
    measured.flatMap(({ case: { row, label = row }, results }) =>
      Object.entries(results).flatMap(([name, result]) =>
        troublesOf(result, results[ours], ours).map((why) => [`${name}: ${why}`, [title, label]]),
      ),
    ),
  );
  return grouped(troubles).map(([why, rows]) => {
    const titles = grouped(rows).map(([title, labels]) => `${title} (${labels.join(', ')})`);
    return `${why}: ${titles.join('; ')}`;
  });
}

function troublesOf(result, first, ours) {
  const { error, images, check } = result;
  if (error) return [error];
  const other = check === null ? 'its result is no finite number (≠)' : `computes something else than ${ours} (≠)`;
  return [
    ...(isOther(result, first) ? [other] : []),
    ...(images ? [`measured with ${images} images, and given for the whole batch (~)`] : []),
  ];
}
