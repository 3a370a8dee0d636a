// The results of the table as rows of text. Pure.
import { figure, megabytes, percent } from './cells.mjs';
import { gigaflops, median, overhead, speedRatio, spread } from './figures.mjs';

/**
 * One section: a table with a line per row and contestant, what failed, and, of a backend that tells it, what compiling and
 * recording cost.
 *
 * @param measured cases with their results by contestant, `ours` the one that the others are held against
 * @param peak GFLOPS of the machine
 */
export function sectionTables({ title, measured }, ours, peak) {
  return [
    {
      title,
      rows: measured[0].case.kind === 'convolution' ? kernelRows(measured, ours) : networkRows(measured, ours, peak),
    },
    { title: `${title}: ${ours} compiles and records`, rows: recordingRows(measured, ours) },
  ].filter(({ rows }) => rows.length > 1);
}

const operations = (results) => Object.values(results).find(({ flops }) => flops)?.flops;

function networkRows(measured, ours, peak) {
  const head = [
    '',
    'contestant',
    'ms',
    'quartiles',
    `${ours} is × as fast`,
    'of peak',
    'first call, ms',
    'peak memory, MB',
  ];
  const rows = measured.flatMap(({ case: { row }, results }) =>
    Object.entries(results).map(([name, { error, times, images, first, peak: memory }], i) => {
      const label = i === 0 ? row : '';
      if (error) return [label, name, 'failed', ...Array(head.length - 3).fill('–')];
      const { median: ms, low, high } = spread(times);
      return [
        label,
        name,
        `${images ? '~' : ''}${figure(ms)}`,
        `${figure(low)} to ${figure(high)}`,
        name === ours ? '' : figure(speedRatio(results[ours]?.times ?? [], times)),
        percent(gigaflops(operations(results), ms) / peak),
        figure(first),
        megabytes(images ? undefined : memory),
      ];
    }),
  );
  return [head, ...rows];
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
        const { times, images } = results[name] ?? {};
        return times ? `${images ? '~' : ''}${figure(median(times))} (${figure(speedRatio(mine, times))})` : '–';
      }),
    ];
  });
  return [head, ...rows];
}

function recordingRows(measured, ours) {
  const head = ['', 'graphs', 'compile, ms', 'first call, ms', 'outside ONNX Runtime, ms', 'of a call'];
  const rows = measured.flatMap(({ case: { kind, row }, results }) => {
    const { compiled, compileMs, first, times, runs } = results[ours] ?? {};
    if (!runs?.length || kind !== 'network') return [];
    const outside = times.map((ms, i) => overhead(ms, runs[i]));
    const [ms, share] = ['ms', 'share'].map((key) => median(outside.map((each) => each[key])));
    return [[row, String(compiled), figure(compileMs), figure(first), figure(ms), percent(share)]];
  });
  return [head, ...rows];
}

/** What failed, and what was measured otherwise than asked, a line each. */
export function notes({ title, measured }) {
  const lines = measured.flatMap(({ case: { row, batch }, results }) =>
    Object.entries(results).flatMap(([name, { error, images }]) => {
      if (error) return `${title}, ${row}, ${name}: ${error}`;
      return images ? `${title}, ${row}, ${name}: measured with ${images} images, times ${batch / images}` : [];
    }),
  );
  return [...new Set(lines)];
}
