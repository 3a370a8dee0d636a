import { extname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Batches, checkValue, integer, lookUp, refusal, said } from '@agoge/core';
import { type CorruptionName, corrupted, corruptions, take } from '@agoge/datasets';
import { hasSplit } from '@agoge/datasets/registry';
import { type ClassSample, classSample } from '../../class-sample';
import { type DataFigures, dataFigures } from '../../data-figures';
import {
  channelHead,
  channelRows,
  classHead,
  classRows,
  type DataSummary,
  dataFacts,
  titleOf,
} from '../../data-summary';
import { type ContactSheet, sheetPng, sheetSvg } from '../../report/contact-sheet';
import { dataPage } from '../../report/data-page';
import { type DataChoice, openData } from '../data';
import { checkWritable, linkTo, writeWhole } from '../output-files';
import { stage } from '../progress';
import { type Context, table } from '../terminal';
import { type DataOrigin, dataOrigin } from './data-origin';
import { checkAugmentations, dataSheet } from './data-sheet';

export interface DataCommand extends Omit<DataChoice, 'data'> {
  split: string;
  first?: number;
  corruption?: CorruptionName;
  severity?: number;
  augment?: string[];
  n: number;
  seed: number;
  out: string;
  /** `true`: on stdout, and nothing else there. */
  json?: true | string;
}

const corruptionNames = Object.fromEntries(corruptions.map(({ name }) => [name, name]));

/** What a sheet is written as, by the end of the file's name. */
const forms: Readonly<
  Record<string, (sheet: ContactSheet, summary: DataSummary, command: string) => string | Uint8Array>
> = {
  '.html': dataPage,
  '.png': sheetPng,
  '.svg': (sheet) => sheetSvg(sheet).text,
};

/** `agoge data`. */
export async function lookAtData(name: string, options: DataCommand, context: Context): Promise<void> {
  const { split, dataOptions = {}, corruption, severity = 3, augment, n, seed, out, json } = options;
  await checkCommand(options);
  const whole = await openData({ ...options, data: name }, split, context);
  const data = chosen(whole, options);

  // An augmented image stands beside itself.
  const each = Math.max(augment ? 2 : 1, Math.floor(n / data.classes));
  const sample = classSample(data.classes, augment ? 1 : each, seed);
  const figures = dataFigures(data.shape, data.classes);
  await readAll(data, [figures, sample], `reading ${name}`, context);

  const summary = summaryOf(data, figures, dataOrigin(name, dataOptions, whole), {
    name,
    split: !name.endsWith('.json') && hasSplit(name) ? String(dataOptions.split ?? split) : null,
    options: dataOptions,
    corruption: corruption === undefined ? null : { name: corruption, severity, seed },
  });
  const sheet = dataSheet(summary, sample, { each, classes: Math.max(1, Math.floor(n / each)), seed, augment });
  await writeWhole(out, forms[extname(out)](sheet, summary, context.command));
  const text = `${JSON.stringify(summary, null, 2)}\n`;
  if (typeof json === 'string') await writeWhole(json, text);
  context.stdout.write(json === true ? text : summaryText(summary));
  context.stderr.write(`sheet: ${linkTo(out)}\n`);
}

/** Refuses what can be refused before data are opened. */
async function checkCommand({ corruption, severity, augment = [], out, json }: DataCommand): Promise<void> {
  if (corruption !== undefined) lookUp('agoge data: --corruption', 'corruption', corruption, corruptionNames);
  else if (severity !== undefined) {
    throw said(new TypeError(`agoge data: --severity belongs to --corruption, got --severity ${severity} alone`));
  }
  checkAugmentations(augment);
  if (!Object.hasOwn(forms, extname(out))) {
    const expected = `a file that ends in ${Object.keys(forms).join(', ')}`;
    throw said(new TypeError(refusal('agoge data', '--out', expected, out)));
  }
  await checkWritable('--out', out, 'file');
  if (typeof json === 'string') await checkWritable('--json', json, 'file');
}

/** The first examples, corrupted, as they were asked for. */
function chosen(whole: Batches, { first, corruption, severity = 3, augment, seed }: DataCommand): Batches {
  const [low, high] = whole.bounds;
  if ((corruption || augment) && (low !== 0 || high !== 1)) {
    const option = corruption ? '--corruption' : '--augment';
    throw said(new RangeError(`agoge data: ${option} needs images with bounds [0, 1], got [${low}, ${high}]`));
  }
  checkValue('agoge data', '--first', first, integer({ min: 1, max: whole.examples }));
  const data = first === undefined ? whole : take(whole, first);
  return corruption === undefined ? data : corrupted(data, { corruption, severity, seed });
}

/** Shows all data once to what looks at them, a few million values at a time. */
async function readAll(
  data: Batches,
  onlookers: readonly Pick<DataFigures & ClassSample, 'add'>[],
  title: string,
  context: Context,
): Promise<void> {
  const { signal } = context;
  const [height, width, channels] = data.shape;
  const batchSize = Math.min(128, Math.max(1, Math.floor(2 ** 22 / (height * width * channels))));
  const progress = stage(title, context);
  const began = performance.now();
  let done = 0;
  try {
    for await (const batch of data.batches({ batchSize, holds: 1, signal })) {
      for (const each of onlookers) each.add(batch);
      done += batch.y.length;
      const secondsLeft = ((performance.now() - began) / 1000 / done) * (data.examples - done);
      progress.update({ done, total: data.examples, secondsLeft });
      // For Ctrl-C to be heard.
      await turn();
      signal.throwIfAborted();
    }
  } finally {
    progress.end();
  }
}

function summaryOf(
  { examples, classes, shape, bounds, hash }: Batches,
  { counts, channels }: DataFigures,
  { classNames, licence, home }: DataOrigin,
  asked: Pick<DataSummary, 'name' | 'split' | 'options' | 'corruption'>,
): DataSummary {
  return {
    schema: 'agoge/data@1',
    ...asked,
    ...{ examples, shape, bounds },
    range: [Math.min(...channels.map(({ min }) => min)), Math.max(...channels.map(({ max }) => max))],
    classes: Array.from({ length: classes }, (_, label) => ({
      label,
      name: classNames?.[label] ?? String(label),
      examples: counts[label],
    })),
    examplesPerClass: { min: Math.min(...counts), max: Math.max(...counts) },
    channels,
    hash,
    licence: licence ?? null,
    home: home ?? null,
  };
}

function summaryText(summary: DataSummary): string {
  const facts = dataFacts(summary);
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`);
  const tables = [table(channelHead, channelRows(summary)), table(classHead, classRows(summary))];
  return `${titleOf(summary)}\n\n${lines.join('')}\n${tables.join('\n')}`;
}
