import { basename, resolve } from 'node:path';
import { planned } from '@agoge/adv-train/presets';
import { objectives } from '@agoge/adv-train/registry';
import { pgdAttack } from '@agoge/attacks';
import { canonicalJson, lookUp, type NormName, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { take } from '@agoge/datasets';
import { startBackend } from '../backend';
import { type DataChoice, openData, standingForAll } from '../data';
import { checkWritable } from '../output-files';
import { stage } from '../progress';
import type { Context } from '../terminal';
import { byCosine, described, runTraining, type Trained, type TrainingRun } from '../training-run';

export interface TrainCommand extends DataChoice {
  arch: string;
  archOptions: Record<string, unknown>;
  activation: string;
  activationOptions: Record<string, unknown>;
  objective: string;
  objectiveOptions: Record<string, unknown>;
  norm: NormName;
  eps?: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
  validate: number;
  seed: number;
  out: string;
  resume?: boolean;
}

/** `agoge train`. */
export async function train(options: TrainCommand, context: Context): Promise<Trained> {
  const { norm, eps, epochs, batchSize, learningRate, seed, out } = options;
  const training = byCosine({ objective: objectiveNamed(options), epochs, batchSize, learningRate });
  planned(training);
  await checkWritable('--out', out, 'folder');
  await startBackend(context);
  const data = await openData(options, 'train', context);
  const run: TrainingRun = {
    name: basename(resolve(out)),
    architecture: {
      name: options.arch,
      options: { inputShape: data.shape, classes: data.classes, seed, ...options.archOptions },
    },
    activation: { name: options.activation, options: options.activationOptions },
    training,
    ...{ data: options.data, seed },
  };

  const progress = stage(`training ${run.name}`, context);
  try {
    const attacks = eps === undefined ? [] : [pgdAttack({ norm, eps, steps: 10 })];
    const watched = await watchedData(options, context);
    const { description } = await runTraining(run, {
      data,
      watch: watched && { data: watched, attacks, examples: options.validate },
      store: fileStore(out),
      checkpoint: { resume: options.resume ?? false },
      stage: progress,
      signal: context.signal,
    });
    progress.end('done');
    const last = description.history.epochs.at(-1);
    const says = last ? described(last) : 'not trained';
    return { json: `${canonicalJson(description)}\n`, text: `${out}: ${says}\n`, says };
  } finally {
    progress.end();
  }
}

/** `at` is short for adversarialTraining; the perturbation's size belongs to all objectives that attack. */
function objectiveNamed({ objective, objectiveOptions, norm, eps }: TrainCommand) {
  const name = objective === 'at' ? 'adversarialTraining' : objective;
  lookUp('agoge', 'objective', name, objectives);
  if (name === 'standard') return { name, options: objectiveOptions };
  if (eps === undefined)
    throw said(new TypeError(`agoge train: --objective ${objective} needs --eps, such as --eps 0.1`));
  return { name, options: { norm, eps, ...objectiveOptions } };
}

/** A data set's test part; a file has none. */
async function watchedData({ validate, ...choice }: TrainCommand, context: Context) {
  if (validate === 0 || choice.data.endsWith('.json')) return undefined;
  const test = await openData(choice, 'test', context);
  const few = Math.min(validate, test.examples);
  return take(standingForAll(test, few), few);
}
