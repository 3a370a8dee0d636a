import { activations } from '@agoge/activations/registry';
import type { History } from '@agoge/adv-train';
import { architectures } from '@agoge/architectures/registry';
import { arrayOf, type Bounds, FormatError, lookUp, number, oneOf, parseJson, type Rule, string } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkJson, type JsonShape, jsonObject, optional, recordOf } from './json-shape';

/** Something of a registry, with the options that make it. */
export interface Named {
  name: string;
  options: Record<string, unknown>;
}

/** What pixels are normalised by, channel by channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A model as `model.json` describes it: all that is needed to build it again, beside its weights. */
export interface ModelDescription {
  schema: 'agoge/model@1';
  name: string;
  architecture: Named;
  /** One layer, shared by the whole network. */
  activation: Named;
  bounds: [low: number, high: number];
  /** What the classifier normalises pixels by, if it does. */
  pixels?: Normalisation;
  weights: { file: string; sha256: string };
  /** How it was trained: registry names, seeds, the data's hash. */
  training: Record<string, unknown>;
  history: History;
  versions: Record<string, string>;
}

const fraction = number({ min: 0, max: 1 });
const sha256Rule: Rule = {
  expected: '64 hexadecimal digits',
  test: (value) => (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? 'ok' : 'kind'),
};
const numbers = arrayOf(number());
const normalisation: Rule = {
  expected: '{ mean, std }, a finite number of each for each channel',
  test(value) {
    if (jsonObject.test(value) !== 'ok') return 'kind';
    const { mean, std, ...rest } = value as Record<string, unknown>;
    const fits = [mean, std].every((each) => numbers.test(each) === 'ok') && Object.keys(rest).length === 0;
    return fits && (mean as number[]).length === (std as number[]).length ? 'ok' : 'kind';
  },
};
const named: JsonShape = { name: string, options: jsonObject };

const shape: JsonShape = {
  schema: oneOf('agoge/model@1'),
  name: string,
  architecture: named,
  activation: named,
  bounds: arrayOf(number(), 2),
  pixels: optional(normalisation),
  weights: { file: string, sha256: sha256Rule },
  training: jsonObject,
  history: {
    epochs: [
      {
        epoch: number({ min: 0 }),
        loss: number(),
        accuracy: fraction,
        learningRate: number({ min: 0 }),
        seconds: number({ min: 0 }),
        cleanAccuracy: optional(fraction),
        robustAccuracy: optional(fraction),
        belowBest: optional(fraction),
        robustGap: optional(number({ min: -1, max: 1 })),
        probe: optional(jsonObject),
      },
    ],
    best: optional(jsonObject),
    warnings: optional(arrayOf(jsonObject)),
    stopped: optional(oneOf('earlyStop', 'collapse')),
  },
  versions: recordOf(string),
};

/**
 * Reads the text of a `model.json`, which may come from anybody.
 *
 * @throws FormatError that names the place inside
 */
export function readDescription(text: string, who: string): ModelDescription {
  const value = parseJson(who, text);
  checkJson(who, value, shape);
  return value as ModelDescription;
}

/**
 * Builds the network that a description names, with fresh weights; yours to dispose. Without an activation it has its own.
 *
 * @throws TypeError, RangeError for names that no registry has and options that their makers refuse
 */
export function buildModel({
  architecture,
  activation,
}: Pick<ModelDescription, 'architecture'> & { activation?: Named }): LayersModel {
  const make = lookUp('buildModel', 'architecture', architecture.name, architectures);
  return make({
    ...architecture.options,
    ...(activation && { activation: buildActivation('buildModel', activation) }),
  });
}

/** The layer that a description names; `who` asks, for messages. */
export function buildActivation(who: string, { name, options }: Named) {
  const registry: Readonly<Record<string, (options?: never) => ReturnType<typeof activations.relu>>> = activations;
  return lookUp(who, 'activation', name, registry)(options as never);
}

/** Bounds as a classifier takes them. */
export function boundsOf(who: string, { bounds: [low, high] }: Pick<ModelDescription, 'bounds'>): Bounds {
  if (low >= high) throw new FormatError(who, `bounds must be [low, high] with low < high, got [${low}, ${high}]`);
  return [low, high];
}
