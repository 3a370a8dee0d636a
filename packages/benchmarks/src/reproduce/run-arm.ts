import { readScalars, transplant } from '@agoge/activations';
import { fit, type History, loadBest, loadWeights, NonFiniteLoss, saveWeights } from '@agoge/adv-train';
import { planned } from '@agoge/adv-train/presets';
import { openSealedJson, type Progress, partOf, type Store, sealJson, sha256 } from '@agoge/core';
import type { Dataset } from '@agoge/datasets';
import { environment } from '../environment';
import { type ArmData, imagesFrom, type OpenData, testData, trainingData } from './arm-data';
import { type ArmModel, buildArm } from './arm-model';
import type { PlannedRun } from './chains';
import { cleanMeasure, namedAttacks, takeMeasure } from './measure';
import { type Arm, needsOf, type Plan, planHash } from './plan';
import type { RunResult } from './run-result';

export interface RunArmOptions {
  phase: RunResult['phase'];
  open: OpenData;
  /** Where checkpoints, weights and attacks that are not done lie, by a name; kept until the result is. */
  work(name: string): Store;
  signal?: AbortSignal;
  /** Told of training and each measure as one. */
  onProgress?(progress: Progress): void;
  /** Something worth a line: an epoch, a figure. */
  onLine?(text: string): void;
}

/** Steps between checkpoints: a kill loses at most so many. */
const every = 50;
const trainedFile = 'trained.json';
const weightsFile = 'weights.safetensors';
const trainedSchema = 'agoge/reproduction-training@1';

/** What training left behind, beside the weights. */
interface Trained {
  history: History;
  seconds: number;
  training: string;
  weights?: string;
  failed?: string;
}

/** The name of a run, for its files. */
export const runName = ({ arm, seed }: { arm: Pick<Arm, 'name'>; seed: number }): string => `${arm.name}.${seed}`;

/**
 * Trains and measures one run of a plan. Stopped or killed, it goes on at the next call from its last checkpoint.
 *
 * @throws what training and attacks throw, but a loss that is not finite: that is a result
 */
export async function runArm(plan: Plan, run: PlannedRun, options: RunArmOptions): Promise<RunResult> {
  const { arm, seed } = run;
  const facts = {
    ...{ paper: plan.paper, scale: plan.scale, plan: await planHash(plan), phase: options.phase, arm: arm.name, seed },
    environment: await environment(),
  };
  const nothing = { measures: {}, scalars: [], history: { epochs: [] }, seconds: { training: 0, measuring: 0 } };
  const made = await withTrained(plan, run, options, async (built, test, { training, ...trained }) => {
    const begun = performance.now();
    const measures = await measured(plan, run, built, test, options);
    const seconds = { training: trained.seconds, measuring: (performance.now() - begun) / 1000 };
    const { history, weights } = trained;
    const scalars = await readScalars(built.model);
    const data = { training, test: test.hash };
    return { measures, scalars, history, ...(weights && { weights }), data, seconds };
  });
  return 'failed' in made ? { ...facts, ...nothing, ...made } : { ...facts, ...made };
}

/**
 * Uses the model of a run, which is trained where it is not yet; those whose weights it needs, which may have been lost since, are
 * trained before it.
 *
 * @param use is given the model, which is disposed of after it, and the images to measure it on
 * @returns what `use` returns, or why the run cannot be trained, with the data that this was seen on
 */
async function withTrained<T extends object>(
  plan: Plan,
  run: PlannedRun,
  options: RunArmOptions,
  use: (built: ArmModel, test: Dataset, trained: Trained) => Promise<T>,
): Promise<T | Pick<Required<RunResult>, 'failed' | 'data'>> {
  const { arm, seed } = run;
  const { phase, open } = options;
  const lacking = await failedNeed(plan, run, options);
  if (lacking !== undefined) {
    return { failed: `${lacking}, whose weights it needs, failed`, data: { training: '', test: '' } };
  }
  const data = await dataOf(plan, run, options);
  const test =
    phase === 'search' ? data.heldOut : await testData(plan.data[arm.data], { open, testSeed: plan.testSeed });
  if (!test) throw new TypeError(`internal: ${arm.name} is searched for without held-out images`);
  const built = buildArm(arm, test, seed);
  try {
    if (arm.gatesFrom !== undefined) {
      const source = await neededModel(plan, arm.gatesFrom, run, options);
      try {
        transplant(source.model, built.model);
      } finally {
        source.model.dispose();
      }
    }
    const trained = await trainedOnce(run, built, data, {
      ...options,
      onProgress: partOf(options.onProgress, 0, 1 + measuresOf(plan, run).length),
    });
    const { failed, training } = trained;
    if (failed !== undefined) return { failed, data: { training, test: test.hash } };
    return await use(built, test, trained);
  } finally {
    built.model.dispose();
  }
}

/** The first arm that a run needs and that cannot be trained to the end: the run cannot be made. */
async function failedNeed(plan: Plan, { arm, seed }: PlannedRun, options: RunArmOptions): Promise<string | undefined> {
  for (const need of plan.arms.filter(({ name }) => needsOf(arm).includes(name))) {
    const run = { arm: need, seed };
    if (await options.work(runName(run)).get(weightsFile)) continue;
    options.onLine?.(`needs the weights of ${runName(run)}, which are not here`);
    if ('failed' in (await withTrained(plan, run, options, async () => ({})))) return need.name;
  }
  return undefined;
}

/** Trains the model, or gives it the weights of a training that is done. */
async function trainedOnce(
  run: PlannedRun,
  { classifier }: ArmModel,
  { training, heldOut }: { training: Parameters<typeof fit>[1]; heldOut?: Dataset },
  { work, signal, onProgress, onLine }: RunArmOptions,
): Promise<Trained> {
  const { arm, seed } = run;
  const store = work(runName(run));
  const [kept, weights] = await Promise.all([store.get(trainedFile), store.get(weightsFile)]);
  if (kept) {
    const found = (await openSealedJson(`${runName(run)}/${trainedFile}`, trainedSchema, kept)) as unknown as Trained;
    if (weights && found.failed === undefined) loadWeights(classifier, weights);
    return found;
  }
  const place = { store, name: 'checkpoint' };
  const { epochs } = arm.training;
  let trained: Trained;
  try {
    const history = await fit(classifier, training, {
      ...planned(arm.training),
      ...{ seed, signal, onProgress, checkpoint: { ...place, every } },
      ...(arm.validation &&
        heldOut && {
          validation: { data: heldOut, attacks: namedAttacks([arm.validation.attack]), every: arm.validation.every },
        }),
      probe: false,
      callbacks: {
        onEpochEnd: (epoch, { loss, robustAccuracy } = {}) =>
          onLine?.(
            `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}${robustAccuracy === undefined ? '' : `, robust ${robustAccuracy.toFixed(3)}`}`,
          ),
      },
    });
    if (history.best) await loadBest(classifier, place);
    const bytes = await saveWeights(classifier);
    const seconds = history.epochs.reduce((sum, each) => sum + each.seconds, 0);
    await store.put(weightsFile, bytes);
    trained = { history, seconds, training: training.hash, weights: await sha256(bytes) };
  } catch (error) {
    // A network that does not train is a finding; what is wrong with the plan or the code is not.
    if (!(error instanceof NonFiniteLoss)) throw error;
    trained = { history: { epochs: [] }, seconds: 0, training: training.hash, failed: error.message };
  }
  await store.put(trainedFile, await sealJson({ schema: trainedSchema, ...trained }));
  for (const name of await store.list('checkpoint')) await store.remove(name);
  return trained;
}

/** All measures of a run; each that is done is kept at once. */
async function measured(
  plan: Plan,
  run: PlannedRun,
  built: ArmModel,
  test: Dataset,
  { work, signal, onProgress, onLine }: RunArmOptions,
): Promise<RunResult['measures']> {
  const found: RunResult['measures'] = { clean: await cleanMeasure(built.classifier, test, signal) };
  onLine?.(`clean ${found.clean.value.toFixed(3)}`);
  const measures = measuresOf(plan, run);
  for (const [i, measure] of measures.entries()) {
    const { name } = measure;
    const reins = { signal, onProgress: partOf(onProgress, 1 + i, 1 + measures.length) };
    found[name] = await takeMeasure(measure, built, test, {
      seed: run.seed,
      store: work(`${runName(run)}/${name}`),
      ...reins,
    });
    onLine?.(`${name} ${found[name].value.toFixed(3)} of ${found[name].n}`);
  }
  return found;
}

/** The measures that are taken of a run. */
const measuresOf = ({ measures }: Plan, { arm, seed }: PlannedRun) =>
  arm.measures
    .flatMap((name) => measures.filter((each) => each.name === name))
    .filter(({ seeds }) => seeds === undefined || seeds.includes(seed));

/** The model of another arm and the same seed, which has been trained. */
async function neededModel(
  plan: Plan,
  name: string,
  { seed }: PlannedRun,
  { open, work }: RunArmOptions,
): Promise<ArmModel> {
  const arm = plan.arms.find((each) => each.name === name);
  const weights = arm && (await work(runName({ arm, seed })).get(weightsFile));
  if (!arm || !weights) throw new Error(`internal: the weights of ${name} at seed ${seed} are not there`);
  const built = buildArm(arm, await imagesFrom(plan.data[arm.data], 'test', open), seed);
  loadWeights(built.classifier, weights);
  return built;
}

/** What a run trains on; labels of extra images by the arm that gives them. */
async function dataOf(plan: Plan, run: PlannedRun, options: RunArmOptions): Promise<ArmData> {
  const { arm, seed } = run;
  const { open, signal } = options;
  const images = plan.data[arm.data];
  const { extra } = arm;
  if (!extra) return trainingData(arm, images, { open, seed, signal });
  if ('data' in extra) return trainingData(arm, images, { open, seed, signal, extra: plan.data[extra.data] });
  const teacher = await neededModel(plan, extra.labelledBy, run, options);
  try {
    return await trainingData(arm, images, { open, seed, signal, extra: teacher.classifier });
  } finally {
    teacher.model.dispose();
  }
}
