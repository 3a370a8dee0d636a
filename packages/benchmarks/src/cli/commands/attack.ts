import { join } from 'node:path';
import { evaluate } from '../../evaluate';
import { type EvaluationResult, writeResult } from '../../evaluation-result';
import { imagePng, largestChange, perturbationPng, pixelsOf } from '../../report/images';
import { attacksByName, type BallChoice } from '../attacks-by-name';
import { startBackend } from '../backend';
import { type DataChoice, openData, standingForAll } from '../data';
import { type ModelChoice, openModel } from '../open-model';
import { checkWritable, writeWhole } from '../output-files';
import { stage } from '../progress';
import { type Context, table } from '../terminal';

export interface AttackCommand extends ModelChoice, DataChoice, BallChoice {
  split: string;
  attack: string;
  attackOptions: Record<string, unknown>;
  from: number;
  examples: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** `agoge attack`. */
export async function attack(options: AttackCommand, context: Context): Promise<void> {
  const { from, examples, seed, out } = options;
  const { attacks, ball } = attacksByName([options.attack], options, options.attackOptions);
  if (out !== undefined) await checkWritable('--out', out, 'folder');
  await startBackend(context);
  const data = standingForAll(await openData(options, options.split, context), from + examples);
  const { classifier, description } = await openModel(options, data);

  const progress = stage(`${attacks[0].name} on ${description.name}`, context);
  let result: EvaluationResult;
  try {
    const { signal, command } = context;
    const run = { from, examples, seed, keep: examples, batchSize: examples, signal, command };
    result = await evaluate(classifier, data, {
      ...run,
      attacks,
      // An attack that searches a ball says itself which, as its own options may have it.
      ...(attacks[0].options.eps === undefined && { threat: ball }),
      model: description,
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }

  if (out !== undefined) await writeImages(out, result);
  context.stdout.write(options.json ? writeResult(result) : exampleTable(result));
  if (out !== undefined) context.stderr.write(`images: ${out}\n`);
}

function exampleTable({ records, images }: EvaluationResult): string {
  const head = ['example', 'label', 'answer', 'attacked', 'broken', 'size', 'margin before', 'after'];
  const figure = (value: number | null) => (value === null ? '–' : value.toFixed(3));
  const rows = records.map((record, i) => [
    String(record.index),
    String(record.label),
    String(record.prediction),
    String(images[i].adversarialPrediction),
    record.correct ? (record.brokenBy === null ? 'no' : 'yes') : 'was wrong',
    figure(record.distance),
    figure(record.cleanMargin),
    figure(record.margin),
  ]);
  return table(head, rows);
}

async function writeImages(folder: string, { images, data }: EvaluationResult): Promise<void> {
  for (const image of images) {
    const { clean, adversarial } = pixelsOf(image);
    const at = (kind: string) => join(folder, `${String(image.index).padStart(5, '0')}-${kind}.png`);
    await writeWhole(at('clean'), imagePng(clean, image.shape, data.bounds));
    await writeWhole(at('attacked'), imagePng(adversarial, image.shape, data.bounds));
    const change = perturbationPng(clean, adversarial, image.shape, largestChange(clean, adversarial));
    await writeWhole(at('change'), change);
  }
}
