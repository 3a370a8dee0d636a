import { autoAttack, isRobust, runAttacks } from '@agoge/attacks';
import type { Attack, Classifier, Progress, Store } from '@agoge/core';
import { type Dataset, split } from '@agoge/datasets';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Named } from '../model-description';
import { namedAttack } from '../named-attack';
import { withLabelsOf } from './own-labels';
import type { Measure } from './plan';
import { type Measured, share } from './run-result';
import { shapeMeasures } from './shape-measures';

/** Test images attacked together. */
const together = 250;

/** Attacks as a plan names them: of the registry, or all of a version of AutoAttack. */
export const namedAttacks = (named: readonly Named[]): Attack[] =>
  named.flatMap((each) =>
    each.name === 'autoAttack' ? autoAttack(each.options as never) : namedAttack('reproduce', each),
  );

interface MeasureOptions {
  seed: number;
  /** Where an attack that was stopped goes on from. */
  store: Store;
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** What of a model is measured: itself, to be attacked, and its layers, to be looked into. */
interface MeasuredModel {
  classifier: Classifier;
  model: LayersModel;
}

/** Clean accuracy, image by image. */
export async function cleanMeasure(f: Classifier, test: Dataset, signal?: AbortSignal): Promise<Measured> {
  const { records } = await runAttacks(f, test, [], { batchSize: together, signal });
  return share(records.map(({ correct }) => correct));
}

/** Takes a measure of a model on test images, or on some of them, as many of each class and the same for every run. */
export async function takeMeasure(
  measure: Measure,
  { classifier, model }: MeasuredModel,
  test: Dataset,
  { seed, store, signal, onProgress }: MeasureOptions,
): Promise<Measured> {
  const [images] = measure.images < test.examples ? split(test, { counts: [measure.images], seed: 0 }) : [test];
  if (measure.kind !== 'attacks') {
    return shapeMeasures[measure.kind](model, classifier, images, { ...measure.options, seed, signal });
  }
  const data = measure.labels === 'own' ? await withLabelsOf(classifier, images, { signal }) : images;
  const { records } = await runAttacks(classifier, data, namedAttacks(measure.attacks), {
    batchSize: Math.min(together, data.examples),
    state: { store, images: 'none' },
    ...{ seed, signal, onProgress },
  });
  if (measure.labels !== 'right') return share(records.map(isRobust));
  const right = records.filter(({ correct }) => correct);
  return { n: right.length, value: right.filter(isRobust).length / Math.max(1, right.length) };
}
