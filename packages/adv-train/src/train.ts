import { type Batches, step as endStep, ensureGradients, stopwatch, type Trainable } from '@agoge/core';
import { NonFiniteLoss } from './bad-batch';
import { batchesFrom, planOf } from './batches-from';
import { together } from './callbacks';
import { checkBatch } from './check-batch';
import type { RunState } from './checkpoint';
import { probeOf, warningsOf } from './collapse';
import { epochSeed, measuredEpoch } from './epoch-end';
import { smoothedExtra } from './extra-smoothing';
import { addBatch, bestOf, type History, noSums } from './history';
import { lastingState } from './lasting-state';
import { epochLogs, noteOf } from './narration';
import { historyOf, stopOf, whatIsLeft } from './outcome';
import { openCheckpoint, type RunCheckpoint } from './run-checkpoint';
import { setupOf } from './run-setup';
import { cosine } from './schedules';
import { sgd } from './sgd';
import { checkTraining, type TrainOptions } from './train-options';
import { trainingStep } from './training-step';
import type { ValidationResult } from './validation';

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

/**
 * Trains a model step by step: a generator of reports, which returns the history.
 *
 * Each step perturbs a batch, and changes the weights by the gradient of the objective's loss plus the model's penalty,
 * clipped where a weight or `clipNorm` asks for it. The last batch of an epoch may be short; one of a single example is left out. The
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
 * @throws TypeError, RangeError, ShapeError for what was given; NonFiniteLoss for a loss that is NaN or infinite (its step is made
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
  given: TrainOptions,
): AsyncGenerator<StepReport, History> {
  const options = { batchSize: 128, seed: 0, optimizer: sgd(), schedule: cosine(), ...definedOf(given) };
  const { objective, epochs, batchSize, seed, schedule, signal, weightPerturbation, average, earlyStop } = options;
  const probe = probeOf(who, objective, options.probe);
  const tell = together(options.callbacks);
  const plan = planOf(data.examples, { epochs, batchSize, seed, replays: objective.replays ?? 1 });
  const { totalSteps, stepsPerEpoch } = plan;
  const reins = signal ? { signal } : {};
  await ensureGradients();
  const lasting = lastingState(who, model, data, options);
  let at: RunState = { epoch: 0, batch: 0, step: 0, sums: noSums, history: [], best: null };
  let checkpoint: RunCheckpoint | undefined;
  try {
    checkpoint = await openCheckpoint(who, options, lasting.variables, () => setupOf(model, data, options));
    at = checkpoint.kept ?? at;
    let checked = false;
    const secondsLeft = stopwatch(at.step, totalSteps);
    await tell.onTrainBegin();

    while (at.epoch < epochs && !stopOf(at.history, earlyStop, probe)) {
      const { epoch } = at;
      let report: StepReport | undefined;
      await tell.onEpochBegin(epoch);

      for await (const { batch: whole, place } of batchesFrom(who, data, plan, at, signal)) {
        if (!checked) await checkBatch(who, model, whole);
        checked = true;
        const begin = performance.now();
        const batch = smoothedExtra(whole, model.classes, options.extraSmoothing ?? 0);
        const progress = { step: at.step, epoch, ...plan };
        const learningRate = schedule.at(progress);
        const key = { seed: epochSeed(seed, epoch), index: batch.index, ...reins };
        const { loss, correct, adversarial } = await trainingStep(lasting.trainer, batch, key, {
          learningRate,
          ...(weightPerturbation?.active(progress) && { weightPerturbation }),
        });
        if (adversarial) {
          const where = `in epoch ${epoch}, step ${at.step}, at learning rate ${learningRate}`;
          const rest = whatIsLeft(checkpoint, await checkpoint.keepBatch(batch, adversarial));
          throw new NonFiniteLoss(who, `the loss is ${loss} ${where}; ${rest}`);
        }
        average?.update(model, progress);
        const [n] = batch.shape;
        const seconds = (performance.now() - begin) / 1000;
        const [accuracy, imagesPerSecond, step] = [correct / n, n / seconds, at.step + 1];
        at = { ...at, batch: place + 1, step, sums: addBatch(at.sums, { n, loss, correct, seconds }) };
        report = { epoch, step, steps: totalSteps, loss, learningRate, accuracy, imagesPerSecond };
        const note = noteOf(report, epochs, at.history);
        await endStep(options, { done: step, total: totalSteps, note, secondsLeft: secondsLeft(step) });
        const logs = { epoch, step, batch: place, size: n, loss, acc: accuracy, learningRate, imagesPerSecond };
        await tell.onBatchEnd(place, logs);
        if (place + 1 < stepsPerEpoch) {
          if (checkpoint.isDue(step)) await checkpoint.save(at);
          yield report;
        }
      }

      const lastRate = schedule.at({ step: at.step - 1, epoch, ...plan });
      const record = await measuredEpoch(model, data, at, lastRate, { ...options, probe });
      const history = [...at.history, record];
      const isBest = bestOf(history)?.epoch === epoch;
      const best = isBest ? await checkpoint.keepBest(average?.model ?? model, epoch) : at.best;
      const logs = epochLogs(record, at.sums);
      at = { epoch: epoch + 1, batch: 0, step: at.step, sums: noSums, history, best };
      await checkpoint.save(at);

      const warning = probe && warningsOf(history, probe).find((each) => each.epoch === epoch);
      if (warning) {
        options.onProgress?.({ done: at.step, total: totalSteps, note: warning.message });
        await tell.onWarning(warning);
      }
      await tell.onEpochEnd(epoch, logs);
      const { cleanAccuracy, robustAccuracy } = record;
      const validation = cleanAccuracy !== undefined &&
        robustAccuracy !== undefined && { cleanAccuracy, robustAccuracy };
      if (report) yield { ...report, ...(validation && { validation }) };
    }
    await average?.settle?.(data, { batchSize, seed, ...reins });
    await tell.onTrainEnd();
    return historyOf(at.history, epochs, earlyStop, probe);
  } catch (error) {
    // An abort takes effect between steps, or in a step before anything has changed.
    const isAbort = signal?.aborted && error === signal.reason;
    if (isAbort && at.step > 0 && at !== checkpoint?.kept) await checkpoint?.save(at);
    throw error;
  } finally {
    lasting.dispose();
  }
}

/** `undefined` counts as absent. */
function definedOf<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
