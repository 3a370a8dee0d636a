import { cosine, fit, sgd } from '@agoge/adv-train';
import { objectives } from '@agoge/adv-train/registry';
import {
  type Attack,
  type Batches,
  type Bounds,
  fromLayersModel,
  lookUp,
  type Objective,
  type Store,
} from '@agoge/core';
import { environment } from '../environment';
import { buildModel, type Named } from '../model-description';
import { type LoadedModel, saveModel } from '../model-folder';
import type { Stage } from './progress';
import type { Context } from './terminal';

/** A training run as names and numbers; SGD with momentum 0.9, its rate falling by a cosine. */
export interface TrainingPlan {
  name: string;
  architecture: Named;
  activation: Named;
  objective: Named;
  /** As the command line names it. */
  data: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  seed: number;
}

export interface TrainingSurroundings {
  data: Batches;
  /** What is watched after each epoch; nothing is chosen by it. */
  watch?: { data: Batches; attacks: Attack[]; examples: number };
  store: Store;
  /** Keeps a checkpoint; true goes on from the one that is there. */
  checkpoint?: { resume: boolean };
  stage: Stage;
  signal: Context['signal'];
}

/** The objective of a plan, made by its registry. */
export function objectiveOf({ objective: { name, options } }: Pick<TrainingPlan, 'objective'>): Objective {
  const registry: Readonly<Record<string, (options: never) => Objective>> = objectives;
  return lookUp('agoge', 'objective', name, registry)(options as never);
}

/** Trains a model as planned and keeps it: `model.json` and `model.safetensors`, whole. */
export async function runTraining(
  plan: TrainingPlan,
  { data, watch, store, checkpoint, stage, signal }: TrainingSurroundings,
): Promise<LoadedModel> {
  const { name, architecture, activation, epochs, batchSize, learningRate, seed } = plan;
  const objective = objectiveOf(plan);
  const model = buildModel({ architecture, activation });
  const bounds: Bounds = data.bounds;
  const classifier = fromLayersModel(model, { bounds });
  try {
    const history = await fit(classifier, data, {
      objective,
      epochs,
      batchSize,
      seed,
      signal,
      optimizer: sgd({ momentum: 0.9 }),
      schedule: cosine({ learningRate }),
      validation: watch,
      checkpoint: checkpoint && { store, name: 'checkpoint' },
      resume: checkpoint?.resume ?? false,
      onProgress: stage.update,
      callbacks: {
        onEpochEnd: (epoch, logs) => stage.line(epochLine(epoch, epochs, logs)),
      },
    });
    const { versions } = await environment();
    const description = await saveModel(store, classifier, {
      name,
      architecture,
      activation,
      bounds: [bounds[0], bounds[1]],
      training: {
        objective: { name: objective.name, options: objective.options },
        data: { name: plan.data, hash: data.hash },
        ...{ epochs, batchSize, learningRate, seed },
      },
      history,
      versions,
    });
    return { description, model, classifier };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function epochLine(epoch: number, epochs: number, logs: Record<string, number> = {}): string {
  const { loss, acc, robustAccuracy } = logs;
  const robust = robustAccuracy === undefined ? '' : `, robust ${(100 * robustAccuracy).toFixed(0)} %`;
  return `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}, accuracy ${(100 * acc).toFixed(0)} %${robust}`;
}
