import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { said, show } from '@agoge/core';
import { codeVersion } from '../../code-version';
import { markdownTable, markdownText } from '../../markdown';
import { benchPage, type SpeedChart, type SpeedTable } from '../../report/bench-page';
import { checkWritable, linkTo, pageBeside, writeWhole } from '../output-files';
import { type Context, table } from '../terminal';

export interface BenchCommand {
  only?: string[];
  backends: string[];
  python: string[];
  place: Record<string, string>;
  device: string;
  rounds: number;
  /** Seconds. */
  limit: number;
  smoke?: boolean;
  out: string;
  markdown?: string;
}

/** What `bench/measure.mjs` tells; the rest of it is for those who read the file. */
interface Report {
  rows: readonly unknown[];
  load: { before: number; after?: number };
}

interface Measurements {
  measure(options: Record<string, unknown>): Promise<Report>;
  tablesOf(report: Report): { tables: SpeedTable[]; notes: string[] };
  speedsOf(report: Report): SpeedChart[];
}

/** What of this machine `--place` can name. */
const places = ['tfjs-node', 'tfjs-data', 'photograph'];

/** `agoge bench`: measures side by side what this machine has; the file grows row by row, the page and the tables are of its last state. */
export async function bench(options: BenchCommand, context: Context): Promise<void> {
  const { out, markdown, python, place, rounds, limit, ...asked } = options;
  const { stdout, stderr, onnx, signal, command } = context;
  const unknown = Object.keys(place).find((name) => !places.includes(name));
  if (unknown !== undefined) {
    throw said(new TypeError(`agoge bench: --place must be of ${places.join(', ')}, got ${show(unknown)}`));
  }
  await checkWritable('--out', out, 'file');
  if (markdown !== undefined) await checkWritable('--markdown', markdown, 'file');
  const { measure, tablesOf, speedsOf } = await measurements();
  const threads = onnx?.threads ?? availableParallelism();
  const heading = { schema: 'agoge/bench@1', command, ...codeVersion() };
  const lines: string[] = [];
  let told: Report | undefined;
  try {
    told = await measure({
      ...{ ...asked, pythons: python, places: place, threads, rounds, limit, signal },
      onLine(line: string) {
        lines.push(line);
        stderr.write(`${line}\n`);
      },
      onGroup: (title: string) => void stderr.write(`${title} …\n`),
      async onRow(report: Report) {
        told = report;
        await writeWhole(out, `${JSON.stringify({ ...heading, ...report })}\n`);
      },
    });
  } finally {
    if (told !== undefined) await publish(told);
  }

  async function publish(report: Report): Promise<void> {
    const { tables, notes } = tablesOf(report);
    const { load } = report;
    const after = load.after === undefined ? 'stopped before its end' : `load after: ${load.after.toFixed(2)}`;
    const about = [
      ...lines,
      ...notes,
      `medians of at most ${rounds} rounds in turns, ${threads} threads each; ${after}`,
    ];
    for (const { title, rows } of tables) stdout.write(`\n${title}\n${table(rows[0], rows.slice(1))}`);
    stdout.write(`\n${notes.join('\n')}\n`);
    if (markdown !== undefined) {
      const blocks = tables.map(
        ({ title, rows }) => `### ${markdownText(title)}\n\n${markdownTable(rows[0], rows.slice(1))}`,
      );
      await writeWhole(markdown, [...about.map((line) => `- ${markdownText(line)}`), '', ...blocks].join('\n'));
    }
    const page = pageBeside(out);
    await writeWhole(page, benchPage({ about, tables, charts: speedsOf(report), command }));
    stderr.write(`result: ${out}\npage: ${linkTo(page)}\n`);
  }
}

/** The measurements are programs beside `dist`, so that each contestant starts as a process of its own. */
async function measurements(): Promise<Measurements> {
  const manifest = createRequire(import.meta.url).resolve('@agoge/benchmarks/package.json');
  return import(pathToFileURL(join(dirname(manifest), 'bench', 'measure.mjs')).href);
}
