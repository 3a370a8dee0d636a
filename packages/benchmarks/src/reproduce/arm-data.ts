import { type Batches, type Classifier, refusal, said } from '@agoge/core';
import { type Dataset, inMemory, mix, ofClasses, prefetched, split } from '@agoge/datasets';
import { augmentedBy } from '../recipes/recipe-data';
import { withLabelsOf } from './own-labels';
import { paddedRgb } from './padded-rgb';
import type { Arm, DataPlan } from './plan';

/** Opens a part of a data set that a plan names. */
export type OpenData = (data: DataPlan, split: 'train' | 'test') => Promise<Batches>;

/** The images of a plan's data, all of the part, in the form that the plan wants. */
export async function imagesFrom(plan: DataPlan, part: 'train' | 'test', open: OpenData): Promise<Dataset> {
  const data = await open(plan, part);
  if (!('labels' in data)) {
    throw said(new TypeError(`reproduce: data must be of known labels, ${plan.name} is not`));
  }
  const all = data as Dataset;
  const formed = plan.form === 'padded-rgb' ? paddedRgb(all) : all;
  return plan.classes ? ofClasses(formed, plan.classes) : formed;
}

/** Images up to so many bytes are kept in memory. */
const most = 2 ** 31;
const bytesOf = ({ examples, shape: [height, width, channels] }: Batches) => examples * height * width * channels;

/** Some images drawn by class and by chance, and read into memory where they are not too many: one part for each count that is not 0. */
async function drawn(
  all: Dataset,
  counts: readonly number[],
  seed: number,
  signal?: AbortSignal,
): Promise<(Dataset | undefined)[]> {
  const wanted = counts.filter((each) => each > 0);
  const sum = wanted.reduce((total, each) => total + each, 0);
  if (sum > all.examples)
    throw said(new RangeError(refusal('reproduce', 'data', `${sum} images or more`, all.examples)));
  const parts = split(all, { counts: wanted, seed });
  const read = await Promise.all(
    wanted.map((_, i) => (bytesOf(parts[i]) <= most ? inMemory(parts[i], { signal }) : parts[i])),
  );
  return counts.map((count) => (count > 0 ? read.shift() : undefined));
}

/** A model that labels extra images, or other data that they are. */
type ExtraSource = Classifier | DataPlan;

/** What a run trains on, and what it holds out. */
export interface ArmData {
  training: Batches;
  heldOut?: Dataset;
}

/**
 * The images of a run: training and held-out ones are drawn by its seed, the same for all arms of that data.
 *
 * @param options `extra` is what labels the extra images, or other data that they are
 */
export async function trainingData(
  { augment, extra }: Pick<Arm, 'augment' | 'extra'>,
  plan: DataPlan,
  { open, seed, extra: source, signal }: { open: OpenData; seed: number; extra?: ExtraSource; signal?: AbortSignal },
): Promise<ArmData> {
  const all = await imagesFrom(plan, 'train', open);
  const [heldOut, training, more] = await drawn(all, [plan.heldOut, plan.training, plan.extra ?? 0], seed, signal);
  if (!training) throw said(new RangeError(refusal('reproduce', 'training', 'at least 1', plan.training)));
  const real = augmentedBy(training, augment);
  if (!extra) return { training: prefetched(real), ...(heldOut && { heldOut }) };
  const others = await extraImages(source, more, open, signal);
  const mixed = mix(real, others, { fraction: extra.fraction });
  return { training: prefetched(mixed), ...(heldOut && { heldOut }) };
}

/** The images that are mixed in: those of other data, or of the same with a model's labels. */
async function extraImages(
  source: ExtraSource | undefined,
  unlabelled: Dataset | undefined,
  open: OpenData,
  signal?: AbortSignal,
): Promise<Batches> {
  if (source && typeof source !== 'function') return imagesFrom(source, 'train', open);
  if (source && unlabelled) return withLabelsOf(source, unlabelled, { signal });
  throw said(new TypeError('reproduce: an arm with extra images needs some, and a model that labels them'));
}

/** The test images of a plan, the same for each run. */
export async function testData(
  plan: DataPlan,
  { open, testSeed }: { open: OpenData; testSeed: number },
): Promise<Dataset> {
  const [test] = await drawn(await imagesFrom(plan, 'test', open), [plan.test], testSeed);
  if (!test) throw said(new RangeError(refusal('reproduce', 'test', 'at least 1', plan.test)));
  return test;
}
