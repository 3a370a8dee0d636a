import { arrayOf, boolean, integer, nullable, number, oneOf, string } from '@agoge/core';
import { type JsonShape, jsonObject, optional, recordOf, ruleOf } from './json-shape';

const fraction = number({ min: 0, max: 1 });
const count = integer({ min: 0 });
const positive = integer({ min: 1 });
const bounds = arrayOf(number(), 2);
const imageShape = arrayOf(positive, 3);
const norm = oneOf('linf', 'l2', 'l1', 'l0', 'none');
const meets = oneOf('survivors', 'all');
const threat = { norm, eps: number({ min: 0 }) };
const seconds = number({ min: 0 });

const setup = {
  from: count,
  examples: positive,
  batchSize: positive,
  seed: count,
  meets,
  keep: count,
  images: oneOf('none', 'float32', 'uint8'),
  threat,
  attacks: [{ name: string, options: jsonObject }],
  data: { hash: string, examples: positive },
  model: { weights: nullable(string), classes: integer({ min: 2 }), bounds },
  backend: string,
  versions: recordOf(string),
} as const;

const part = {
  from: count,
  examples: positive,
  node: nullable(string),
  platform: string,
  threads: count,
  seconds,
  date: string,
};

/** The form of a result file. */
export const evaluationShape = {
  schema: oneOf('agoge/evaluation@3'),
  setup,
  model: jsonObject,
  data: { hash: string, examples: positive, classes: integer({ min: 2 }), bounds, shape: imageShape },
  threat,
  n: positive,
  cleanAccuracy: fraction,
  robustAccuracy: fraction,
  interval: arrayOf(fraction, 2),
  cleanInterval: arrayOf(fraction, 2),
  attacks: [
    {
      name: string,
      norm,
      needs: oneOf('gradient', 'scores', 'labels'),
      options: jsonObject,
      attempted: count,
      broken: count,
      newlyBroken: count,
      unique: nullable(count),
      refuted: count,
      outside: count,
      forwards: count,
      backwards: count,
      zeroGradients: count,
    },
  ],
  records: [
    {
      index: count,
      label: count,
      prediction: count,
      correct: boolean,
      brokenBy: nullable(string),
      adversarialPrediction: count,
      cleanMargin: nullable(number()),
      distance: nullable(number({ min: 0 })),
      margin: nullable(number()),
      loss: nullable(number()),
      forwards: count,
      backwards: count,
    },
  ],
  images: [
    {
      index: count,
      label: count,
      prediction: count,
      adversarialPrediction: count,
      attack: nullable(string),
      shape: imageShape,
      clean: string,
      adversarial: string,
    },
  ],
  quantised: optional(ruleOf('{ broken, survived }, both integers >= 0', { broken: count, survived: count })),
  warnings: [{ code: string, message: string }],
  run: {
    backend: string,
    threads: count,
    node: nullable(string),
    platform: string,
    cpus: { model: string, count },
    versions: recordOf(string),
    code: optional(string),
    seed: count,
    batchSize: positive,
    meets,
    seconds,
    examplesPerSecond: number({ min: 0 }),
    attackSeconds: arrayOf(seconds),
    date: string,
    command: optional(string),
    shard: optional(
      ruleOf('{ number, count, examples }, integers', { number: positive, count: positive, examples: positive }),
    ),
    parts: optional(ruleOf('the parts of a run', [part])),
  },
} as const satisfies JsonShape;

const { schema: _, setup: __, ...rest } = evaluationShape;

/** The form of a result that does not say its setup: of a file as it was written before, or of one that such a file became. */
export const olderShape = (isBefore: boolean): JsonShape =>
  isBefore
    ? { schema: oneOf('agoge/evaluation@2'), ...rest }
    : {
        schema: oneOf('agoge/evaluation@3'),
        setup: { expected: 'null', test: (value) => (value === null ? 'ok' : 'kind') },
        ...rest,
      };
