import {
  type Batches,
  step as endStep,
  ensureGradients,
  ModelError,
  said,
  show,
  type Trainable,
  words,
} from '@agoge/core';
import { tidy, variable, zeros } from '@tensorflow/tfjs-core';
import { keepBadBatch } from './bad-batch';
import { batchesFrom, planOf } from './batches-from';
import type { TrainingCallbacks } from './callbacks';
import { checkBatch } from './check-batch';
import { keepBest, loadCheckpoint, type RunState, saveCheckpoint } from './checkpoint';
import { probeOf, warningsOf } from './collapse';
import { addBatch, bestOf, type EpochMeasures, type History, noSums, recordOf } from './history';
import { epochLogs, noteOf } from './narration';
import type { NamedVariable } from './optimizer';
import { historyOf, stopOf, whatIsLeft } from './outcome';
import { probeModel } from './probe-model';
import { type RunSetup, setupOf } from './run-setup';
import { cosine } from './schedules';
import { sgd } from './sgd';
import { checkTraining, type TrainOptions } from './train-options';
import { trainingStep } from './training-step';
import { type ValidationResult, validate } from './validation';
import { variablesOf } from './weights';

/** What {@link train} tells after each step. */
export interface StepReport {
  /** From 0. */
  epoch: number;
  /** Steps done, this one included. */
  step: number;
  /** Of the whole run. */
  steps: number;
  /** Of the batch before the step, with the penalty. */
  loss: number;
  learningRate: number;
  /** Of the batch before the step, on its adversarial images. */
  accuracy: number;
  imagesPerSecond: number;
  /** At the end of an epoch that was validated. */
  validation?: ValidationResult;
}

/** The seed of an epoch's noise: each example is perturbed anew in each epoch, whatever the batch size. */
function epochSeed(seed: number, epoch: number): number {
  const [low, high] = words({ seed, index: epoch, stream: 'train/epoch' }, 2);
  return low + (high >>> 11) * 2 ** 32;
}

/**
 * Trains a model step by step: a generator of reports, which returns the history.
 *
 * Each step perturbs a batch, and changes the weights by the gradient of the objective's loss plus the model's penalty,
 * clipped where a weight asks for it. The last batch of an epoch may be short; one of a single example is left out. The
 * order of the examples is keyed by (seed, epoch), their noise by (seed, absolute example, epoch). With a checkpoint, a run
 * that was killed, aborted or left goes on with the same numbers on the same backend (wall times apart), unless layers draw
 * random numbers of their own, as tfjs's dropout does.
 *
 * @param model changed in place; its weights and running statistics are the result
 * @param data what is trained on, of the model's classes and bounds
 * Batches are asked for one by one, and are done with when the next is: data that take long to read or to augment are best wrapped
 * in `prefetched` (`@agoge/datasets`), which reads ahead while a step is made.
 *
 * With a validation, the weights of the epoch of the highest robust accuracy are kept in the checkpoint beside the last: choose
 * on other data than you report.
 *
 * @throws TypeError, RangeError, ShapeError for what was given; ModelError for a loss that is NaN or infinite (its step is made
 *   already; with a checkpoint, its batch is kept in `NAME.nan.safetensors`); FormatError for a damaged checkpoint; the signal's
 *   reason after an abort, which leaves a checkpoint of the last step
 * @example
 * const objective = adversarialTraining({ eps: 0.1 });
 * for await (const { step, steps, loss } of train(model, data, { objective, epochs: 5 })) {
 *   console.log(`${step}/${steps}: ${loss.toFixed(3)}`);
 * }
 */
export function train(model: Trainable, data: Batches, options: TrainOptions): AsyncGenerator<StepReport, History> {
  checkTraining('train', model, data, options);
  return run('train', model, data, options);
}

/**
 * Trains a model to the end: {@link train} for those who need no reports.
 *
 * @returns one record per epoch
 * @example
 * const { epochs } = await fit(model, data, { objective: standard(), epochs: 5 });
 */
export async function fit(model: Trainable, data: Batches, options: TrainOptions): Promise<History> {
  checkTraining('fit', model, data, options);
  const reports = run('fit', model, data, options);
  for (;;) {
    const { done, value } = await reports.next();
    if (done) return value;
  }
}

async function* run(
  who: string,
  model: Trainable,
  data: Batches,
  options: TrainOptions,
): AsyncGenerator<StepReport, History> {
  const { objective, epochs, batchSize = 128, seed = 0, validation, checkpoint, resume = 'auto', signal } = options;
  const { optimizer = sgd(), schedule = cosine(), microBatch, weightPerturbation, average, earlyStop } = options;
  const probe = probeOf(who, objective, options.probe);
  const callbacks: TrainingCallbacks[] = [options.callbacks ?? []].flat();
  const plan = planOf(data.examples, { epochs, batchSize, seed, replays: objective.replays ?? 1 });
  const { totalSteps, stepsPerEpoch } = plan;
  await ensureGradients();
  const parameters = model.parameters();
  if (parameters.length === 0) throw new ModelError(who, 'the model has no weights to train');

  const state = optimizer.init(parameters);
  const widest = Math.min(batchSize, data.examples);
  const perturbation = objective.advance && tidy(() => variable(zeros([widest, ...data.shape]), false));
  const lasting = [
    ...prefixed('model', variablesOf(model)),
    ...prefixed(optimizer.name, state),
    ...(average ? prefixed('average', variablesOf(average.model)) : []),
    ...(perturbation ? [{ name: 'perturbation', variable: perturbation }] : []),
  ];
  const reins = signal ? { signal } : {};
  const trainer = {
    ...{ model, parameters, objective, optimizer, state },
    ...(microBatch && { microBatch }),
    ...(options.workers && { workers: options.workers }),
    ...(perturbation && { perturbation }),
  };
  let setup: RunSetup = {};
  let at: RunState = { epoch: 0, batch: 0, step: 0, sums: noSums, history: [], best: null };
  /** What the checkpoint holds. */
  let kept: RunState | undefined;
  const save = async () => {
    if (!checkpoint) return;
    await saveCheckpoint(checkpoint, lasting, setup, at);
    kept = at;
  };
  const isOver = () => at.epoch === epochs || stopOf(at.history, earlyStop, probe) !== undefined;
  try {
    // The data's hash is worked out only where it is needed.
    if (checkpoint) setup = setupOf(model, data, { ...options, batchSize, seed, optimizer, schedule });
    if (checkpoint && resume !== false) {
      kept = await loadCheckpoint(who, checkpoint, lasting, setup);
      if (!kept && resume === true) {
        throw said(new Error(`${who}: resume needs the checkpoint ${show(checkpoint.name)}, which is not there`));
      }
      at = kept ?? at;
    }
    let checked = false;
    const [began, first] = [performance.now(), at.step];
    for (const each of callbacks) await each.onTrainBegin?.();

    while (!isOver()) {
      const { epoch } = at;
      let report: StepReport | undefined;
      for (const each of callbacks) await each.onEpochBegin?.(epoch);

      for await (const { batch, place } of batchesFrom(who, data, plan, at, signal)) {
        if (!checked) await checkBatch(who, model, batch);
        checked = true;
        const begin = performance.now();
        const progress = { step: at.step, epoch, ...plan };
        const learningRate = schedule.at(progress);
        const key = { seed: epochSeed(seed, epoch), index: batch.index, ...reins };
        const { loss, correct, adversarial } = await trainingStep(trainer, batch, key, {
          learningRate,
          ...(weightPerturbation?.active(progress) && { weightPerturbation }),
        });
        if (adversarial) {
          const where = `in epoch ${epoch}, step ${at.step}, at learning rate ${learningRate}`;
          const inspect = checkpoint ? await keepBadBatch(checkpoint, batch, adversarial) : undefined;
          throw new ModelError(who, `the loss is ${loss} ${where}; ${whatIsLeft(checkpoint?.name, kept, inspect)}`);
        }
        average?.update(model, progress);
        const [n] = batch.shape;
        const seconds = (performance.now() - begin) / 1000;
        const accuracy = correct / n;
        at = { ...at, batch: place + 1, step: at.step + 1, sums: addBatch(at.sums, { n, loss, correct, seconds }) };
        const { step } = at;
        const imagesPerSecond = n / seconds;
        report = { epoch, step, steps: totalSteps, loss, learningRate, accuracy, imagesPerSecond };
        const secondsLeft = ((performance.now() - began) / 1000 / (step - first)) * (totalSteps - step);
        await endStep(options, {
          done: step,
          total: totalSteps,
          note: noteOf(report, epochs, at.history),
          secondsLeft,
        });
        const logs = { epoch, step, batch: place, size: n, loss, acc: accuracy, learningRate, imagesPerSecond };
        for (const each of callbacks) await each.onBatchEnd?.(place, logs);
        if (place + 1 < stepsPerEpoch) {
          if (step % (checkpoint?.every ?? Infinity) === 0) await save();
          yield report;
        }
      }

      const measures: EpochMeasures = { learningRate: schedule.at({ step: at.step - 1, epoch, ...plan }) };
      if (validation && ((epoch + 1) % (validation.every ?? 1) === 0 || epoch + 1 === epochs)) {
        await average?.settle?.(data, { batchSize, seed, ...reins });
        measures.validation = await validate(average?.model ?? model, validation, { seed, ...reins });
      }
      if (probe) {
        const accuracy = at.sums.correct / at.sums.examples;
        const run = { seed: epochSeed(seed, epoch), accuracy, ...reins };
        measures.probe = await probeModel(model, objective, data, probe, run);
      }
      const record = recordOf(at.history, at.sums, measures);
      const history = [...at.history, record];
      let { best } = at;
      const isBest = bestOf(history)?.epoch === epoch;
      if (checkpoint && isBest) best = await keepBest(checkpoint, average?.model ?? model, epoch);
      const logs = epochLogs(record, at.sums);
      at = { epoch: epoch + 1, batch: 0, step: at.step, sums: noSums, history, best };
      await save();

      const warning = probe && warningsOf(history, probe).find((each) => each.epoch === epoch);
      if (warning) {
        options.onProgress?.({ done: at.step, total: totalSteps, note: warning.message });
        for (const each of callbacks) await each.onWarning?.(warning);
      }
      for (const each of callbacks) await each.onEpochEnd?.(epoch, logs);
      if (report) yield { ...report, ...(measures.validation && { validation: measures.validation }) };
    }
    await average?.settle?.(data, { batchSize, seed, ...reins });
    for (const each of callbacks) await each.onTrainEnd?.();
    return historyOf(at.history, epochs, earlyStop, probe);
  } catch (error) {
    // An abort takes effect between steps, or in a step before anything has changed.
    if (signal?.aborted && error === signal.reason && at.step > 0 && at !== kept) await save();
    throw error;
  } finally {
    for (const { variable } of state) variable.dispose();
    perturbation?.dispose();
  }
}

const prefixed = (prefix: string, variables: readonly NamedVariable[]): NamedVariable[] =>
  variables.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));
