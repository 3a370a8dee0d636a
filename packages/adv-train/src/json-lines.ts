import { checkOptions, checkValue, fn, integer, nullable, required } from '@agoge/core';
import type { TrainingCallbacks } from './callbacks';

export interface JsonLinesOptions {
  /** A line every so many steps; null: for epochs and warnings only. Default 1. */
  every?: number | null;
}

/**
 * A callback that logs a run as JSON lines: what `onBatchEnd`, `onEpochEnd` and `onWarning` are told, each with its `event`
 * (`step`, `epoch`, `warning`) and `epoch`.
 *
 * A run that goes on after a kill tells the steps since its checkpoint again: of lines with the same `event` and `step` or
 * `epoch` the last counts. For TensorBoard there is `tf.node.tensorBoard`, a tfjs callback of tfjs-node.
 *
 * @param write gets one line with its end, and is waited for
 * @throws TypeError, RangeError for what was given
 * @example
 * await fit(model, data, { objective, epochs: 10, callbacks: jsonLines((line) => appendFile('run.jsonl', line)) });
 */
export function jsonLines(
  write: (line: string) => void | Promise<void>,
  options: JsonLinesOptions = {},
): TrainingCallbacks {
  checkValue('jsonLines', 'write', write, required(fn));
  checkOptions('jsonLines', options, { every: nullable(integer({ min: 1 })) });
  const { every = 1 } = options;
  const tell = (event: string, values: object) => write(`${JSON.stringify({ event, ...values })}\n`);
  return {
    onBatchEnd(_batch, logs) {
      const isDue = every !== null && logs !== undefined && logs.step % every === 0;
      return isDue ? tell('step', logs) : undefined;
    },
    onEpochEnd: (epoch, logs) => tell('epoch', { epoch, ...logs }),
    onWarning: (warning) => tell('warning', warning),
  };
}
