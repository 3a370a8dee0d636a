import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readScalars } from '@agoge/activations';
import { planned, withEpochs } from '@agoge/adv-train/presets';
import { stateDictOf } from '@agoge/architectures';
import { type Batches, lookUp, said, show, writeSafetensors } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { take } from '@agoge/datasets';
import { evaluate } from '../../evaluate';
import { type EvaluationResult, writeResult } from '../../evaluation-result';
import type { LoadedModel } from '../../model-folder';
import { namedAttack } from '../../named-attack';
import { percent } from '../../percent';
import { recipeData } from '../../recipes/recipe-data';
import { recipes } from '../../recipes/recipes';
import { type Scale, type ScaledRecipe, scaled } from '../../recipes/scale';
import { writeReport } from '../../report/report';
import { startBackend } from '../backend';
import { openData, standingForAll } from '../data';
import { checkWritable, linkTo } from '../output-files';
import { stage } from '../progress';
import { footnote, summary, warn } from '../summary';
import type { Context } from '../terminal';
import { checkpointName, runTraining, type Trained, type TrainingRun } from '../training-run';

/** What may be said of a run that a recipe describes; all else is the recipe's. */
export interface TrainRecipeCommand {
  recipe: string;
  out: string;
  scale?: Scale;
  data?: string;
  dataDir?: string;
  dataOptions?: Record<string, unknown>;
  download?: boolean;
  synthetic?: string;
  archOptions?: Record<string, unknown>;
  activation?: string;
  activationOptions?: Record<string, unknown>;
  epochs?: number;
  batchSize?: number;
  validate?: number;
  seed?: number;
  resume?: boolean;
}

/** Steps between checkpoints: a kill loses at most so many. */
const every = 100;
/** Test images attacked together. */
const attackedTogether = 250;

/** `agoge train --recipe`: trains as published, or smaller, measures the result and reports. */
export async function trainRecipe(options: TrainRecipeCommand, context: Context): Promise<Trained> {
  const { out, scale = 'full', seed = 0, resume = false } = options;
  const { signal, stderr } = context;
  const recipe = chosen(options, scale);
  const store = fileStore(out);
  await checkWritable('--out', out, 'folder');
  if (!resume && (await store.get(`${checkpointName}.json`))) {
    const advice = 'go on with it by --resume, or give another folder';
    throw said(new TypeError(`agoge: ${show(out)} holds a run that was begun: ${advice}`));
  }
  await startBackend(context);

  const named = { ...options, data: options.data ?? recipe.data.name, dataOptions: dataOptionsOf(options, recipe) };
  const all = await openData(named, 'train', context);
  const test = await openData(named, 'test', context);
  const generated = await generatedImages(options, recipe, context);
  const { training, heldOut } = await recipeData(recipe, all, { seed, signal, ...(generated && { generated }) });
  const name = basename(resolve(out));
  const run: TrainingRun = {
    name,
    architecture: {
      name: recipe.network.name,
      options: { inputShape: all.shape, classes: all.classes, seed, ...recipe.network.options },
    },
    activation: recipe.activation,
    ...(recipe.pixels && { pixels: recipe.pixels }),
    training: recipe.training,
    ...{ data: named.data, seed },
    facts: { recipe: options.recipe, scale, ours: recipe.ours },
  };
  stderr.write(introduction(recipe, scale, training, heldOut));

  const progress = stage(`training ${name}`, context);
  let model: LoadedModel;
  try {
    model = await runTraining(run, {
      ...{ data: training, store, stage: progress, signal, keepsBest: true },
      watch: heldOut && { data: heldOut, attacks: [namedAttack('agoge', recipe.validation)] },
      ...(!heldOut && { probe: true }),
      checkpoint: { resume, every },
    });
    progress.end('done');
  } finally {
    progress.end();
  }
  try {
    await store.put('state-dict.safetensors', writeSafetensors(await stateDictOf(model.model)));
    const result = await evaluated(recipe, model, test, { seed, out }, context);
    const { description } = model;
    const page = await writeReport([result], {
      title: `${recipe.title}, ${scale}`,
      histories: { [name]: description.history },
    });
    await store.put('report.html', new TextEncoder().encode(page));
    warn([result], context);
    stderr.write(`to hold it against: ${recipe.source}\n`);
    stderr.write(`report: ${linkTo(join(out, 'report.html'))}\n`);
    const text = `${summary([result])}\n${footnote([result])}`;
    return { json: writeResult(result), text, says: accuracies(result) };
  } finally {
    model.model.dispose();
  }
}

/** The recipe at its scale, with what the command line says otherwise; refused before anything is read or written. */
function chosen(options: TrainRecipeCommand, scale: Scale): ScaledRecipe {
  const recipe = scaled(lookUp('agoge', 'recipe', options.recipe, recipes), scale);
  const { network, activation: own, synthetic } = recipe;
  const { activation = own.name, activationOptions = options.activation ? {} : own.options } = options;
  const { epochs = recipe.training.epochs, batchSize = recipe.training.batchSize } = options;
  if (options.synthetic !== undefined && !synthetic) {
    throw said(
      new TypeError(`agoge train: --synthetic belongs to a recipe with generated images, got ${options.recipe}`),
    );
  }
  const training = { ...withEpochs(recipe.training, epochs), batchSize };
  if (!training.average) planned(training);
  return {
    ...recipe,
    network: { ...network, options: { ...network.options, ...options.archOptions } },
    activation: { name: activation, options: activationOptions },
    heldOut: options.validate ?? recipe.heldOut,
    training,
  };
}

const dataOptionsOf = ({ data, dataOptions }: TrainRecipeCommand, recipe: ScaledRecipe) => ({
  ...(data === undefined && recipe.data.options),
  ...dataOptions,
});

/** Generated images, from an `.npz` archive by its path. */
async function generatedImages({ synthetic }: TrainRecipeCommand, recipe: ScaledRecipe, context: Context) {
  if (synthetic === undefined || !recipe.synthetic) return undefined;
  const place = resolve(synthetic);
  const archive = { data: 'npz', dataDir: join(place, '..'), dataOptions: { name: basename(place) } };
  return openData(archive, 'train', context);
}

/** What is run, and which of its values are ours: nobody should take a small run for the paper's. */
function introduction(recipe: ScaledRecipe, scale: Scale, { examples }: Batches, heldOut?: Batches): string {
  const { title, network, training, ours, lacks, synthetic } = recipe;
  const { epochs, batchSize } = training;
  const held = heldOut ? `, ${heldOut.examples} held out` : '';
  const lines = [
    `${title}, ${scale}: width ${network.options.width}, ${examples} images${held}, ${epochs} epochs, batches of ${batchSize}`,
    ...Object.entries(ours).map(([path, why]) => `not the source's: ${path}: ${why}`),
    ...lacks.map((each) => `the source's, and not here: ${each}`),
    ...(synthetic ? [`generated images: ${synthetic.fraction} of each batch, where --synthetic gives them`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

async function evaluated(
  recipe: ScaledRecipe,
  { description, model, classifier }: LoadedModel,
  test: Batches,
  { seed, out }: { seed: number; out: string },
  context: Context,
): Promise<EvaluationResult> {
  const { name, architecture, activation, training, weights } = description;
  const learned = await readScalars(model);
  const store = fileStore(out);
  const progress = stage(`attacking ${name}`, context);
  try {
    const images = recipe.imagesOf(test.examples);
    const result = await evaluate(classifier, take(standingForAll(test, images), images), {
      attacks: recipe.evaluation.map((each) => namedAttack('agoge', each)),
      batchSize: attackedTogether,
      state: { store, images: 'none' },
      model: { name, architecture, activation, training, weights, ...(learned.length > 0 && { learned }) },
      ...{ seed, command: context.command, signal: context.signal },
      onProgress: progress.update,
    });
    await store.put('result.json', new TextEncoder().encode(writeResult(result)));
    await rm(join(out, 'run'), { recursive: true, force: true });
    progress.end(accuracies(result));
    return result;
  } finally {
    progress.end();
  }
}

const accuracies = ({ cleanAccuracy, robustAccuracy }: EvaluationResult) =>
  `clean ${percent(cleanAccuracy)}, robust ${percent(robustAccuracy)}`;
