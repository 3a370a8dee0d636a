import { type EpochRecord, fit, loadBest, type Probe } from '@agoge/adv-train';
import { planned, type TrainingPlan } from '@agoge/adv-train/presets';
import { type Attack, type Batches, fromLayersModel, type Store } from '@agoge/core';
import { environment } from '../environment';
import { buildModel, type Named, type Normalisation } from '../model-description';
import { type LoadedModel, saveModel } from '../model-folder';
import { percent } from '../percent';
import type { Stage } from './progress';
import type { Context } from './terminal';

/** A training run as names and numbers: what is built and how it is trained. */
export interface TrainingRun {
  name: string;
  architecture: Named;
  activation: Named;
  pixels?: Normalisation;
  training: TrainingPlan;
  /** As the command line names it. */
  data: string;
  seed: number;
  /** What else is kept with the model. */
  facts?: Record<string, unknown>;
}

export interface TrainingSurroundings {
  data: Batches;
  /** What is watched after each epoch. */
  watch?: { data: Batches; attacks: Attack[]; examples?: number };
  /** Whether the weights are those of the best epoch that was watched, in place of the last. Default false. */
  keepsBest?: boolean;
  probe?: Probe | boolean;
  store: Store;
  /** Keeps a checkpoint, every so many steps too; true goes on from the one that is there. */
  checkpoint?: { resume: boolean; every?: number };
  stage: Stage;
  signal: Context['signal'];
}

/** What `agoge train` came to. */
export interface Trained {
  /** As `--json` prints it. */
  json: string;
  /** As it is printed otherwise. */
  text: string;
  /** In a line. */
  says: string;
}

/** What a checkpoint of ours is called in its store. */
export const checkpointName = 'checkpoint';

/** SGD with momentum 0.9, its rate falling by a cosine. */
export function byCosine({
  objective,
  learningRate,
  ...counts
}: {
  objective: Named;
  epochs: number;
  batchSize: number;
  learningRate: number;
}): TrainingPlan {
  return {
    // Its registry checks it.
    objective: objective as unknown as TrainingPlan['objective'],
    optimizer: { name: 'sgd', options: { momentum: 0.9 } },
    schedule: { name: 'cosine', options: { learningRate } },
    ...counts,
  };
}

/** Trains a model as planned and keeps it: `model.json` and `model.safetensors`, whole. */
export async function runTraining(
  { name, architecture, activation, pixels, training, data: dataName, seed, facts }: TrainingRun,
  { data, watch, keepsBest = false, probe, store, checkpoint, stage, signal }: TrainingSurroundings,
): Promise<LoadedModel> {
  const build = () => {
    const model = buildModel({ architecture, activation });
    return { model, classifier: fromLayersModel(model, { bounds: data.bounds, ...pixels }) };
  };
  const trained = build();
  const averaged = training.average && build();
  const kept = averaged ?? trained;
  try {
    const place = { store, name: checkpointName };
    const options = planned(training, averaged && { averaged: averaged.classifier });
    const { epochs } = training;
    const history = await fit(trained.classifier, data, {
      ...options,
      ...{ seed, signal, validation: watch, probe },
      checkpoint: checkpoint && { ...place, every: checkpoint.every },
      resume: checkpoint?.resume ?? false,
      onProgress: stage.update,
      callbacks: {
        onEpochEnd: (epoch, logs) => stage.line(epochLine(epoch, epochs, logs)),
        onWarning: ({ message }) => stage.line(message),
      },
    });
    if (keepsBest && history.best) await loadBest(kept.classifier, place);
    const { versions } = await environment();
    const { objective } = options;
    const description = await saveModel(store, kept.classifier, {
      ...{ name, architecture, activation, history, versions },
      ...(pixels && { pixels }),
      bounds: [data.bounds[0], data.bounds[1]],
      training: {
        ...{ ...training, ...facts, seed },
        objective: { name: objective.name, options: objective.options },
        data: { name: dataName, hash: data.hash },
        weights: keepsBest && history.best ? 'best' : 'last',
      },
    });
    if (averaged) trained.model.dispose();
    return { description, ...kept };
  } catch (error) {
    trained.model.dispose();
    averaged?.model.dispose();
    throw error;
  }
}

const figure = (name: string, value?: number) => (value === undefined ? '' : `, ${name} ${percent(value)}`);

function epochLine(epoch: number, epochs: number, logs: Record<string, number> = {}): string {
  const { loss, acc, cleanAccuracy, robustAccuracy, probeAccuracy, imagesPerSecond } = logs;
  return (
    `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}${figure('accuracy', acc)}${figure('clean', cleanAccuracy)}` +
    `${figure('robust', robustAccuracy)}${figure('probe', probeAccuracy)}, ${imagesPerSecond.toFixed(0)} images/s`
  );
}

/** An epoch in a few words. */
export function described({ loss, cleanAccuracy, robustAccuracy }: EpochRecord): string {
  return `loss ${loss.toFixed(4)}${figure('clean', cleanAccuracy)}${figure('robust', robustAccuracy)}`;
}
