import { isRobust, type RunSetup } from '@agoge/attacks';
import { type Attack, canonicalJson, FormatError, parseJson } from '@agoge/core';
import type { Environment } from './environment';
import { evaluationShape, olderShape } from './evaluation-shape';
import { checkJson } from './json-shape';

/** What the attacker may do: a perturbation of at most `eps` in `norm`. */
export interface Threat {
  norm: Attack['norm'];
  eps: number;
}

/** What one attack of the sequence did; unless `run.meets` is `all`, it met only the examples that none before it had broken. */
export interface AttackOutcome {
  name: string;
  norm: Attack['norm'];
  needs: Attack['needs'];
  options: Readonly<Record<string, unknown>>;
  /** Examples it met. */
  attempted: number;
  /** Of those, broken. */
  broken: number;
  /** Of those, broken by none before it. */
  newlyBroken: number;
  /** Of those, broken by no other; `null` where others did not meet them. */
  unique: number | null;
  /** Images that it took for broken and that are classified as their label; not counted. */
  refuted: number;
  /** Images that are misclassified but outside the threat; not counted. */
  outside: number;
  forwards: number;
  backwards: number;
  /** Examples of which it saw, at some step, a gradient of exactly 0. */
  zeroGradients: number;
}

/** What became of one example. */
export interface EvaluationRecord {
  /** Absolute number in the data. */
  index: number;
  label: number;
  /** On the clean image. */
  prediction: number;
  correct: boolean;
  /** Name of the attack, or `null` if none broke it (or it was wrong from the start). */
  brokenBy: string | null;
  /** Class of the image that broke it, else of the strongest found. */
  adversarialPrediction: number;
  /** Logit of the label less the largest other, on the clean image; `null` where the model gives no scores. */
  cleanMargin: number | null;
  /** Size of the perturbation that broke it, in the attack's norm. */
  distance: number | null;
  /** Margin of the image that broke it, else the smallest that any attack found. */
  margin: number | null;
  /** Cross entropy of the same image. */
  loss: number | null;
  forwards: number;
  backwards: number;
}

/** A clean image and what the attacks made of it; pixels as base64 of little-endian float32, NHWC. */
export interface EvaluationImage {
  index: number;
  label: number;
  prediction: number;
  adversarialPrediction: number;
  /** The attack that broke it, or `null`. */
  attack: string | null;
  shape: [height: number, width: number, channels: number];
  clean: string;
  adversarial: string;
}

/** How an evaluation went: everything that may differ when it is run again. */
export interface EvaluationRun extends Environment {
  seed: number;
  batchSize: number;
  /** Which examples an attack met: those that none before it had broken, or all that were correct on the clean image. */
  meets: 'survivors' | 'all';
  /** Of a run that was resumed at least what its attacks took. */
  seconds: number;
  /** Examples evaluated per second, all attacks included. */
  examplesPerSecond: number;
  /** One for each attack. */
  attackSeconds: number[];
  /** ISO 8601, UTC. */
  date: string;
  /** What was typed. */
  command?: string;
  /** Of a part: which of how many, and the examples of the whole. */
  shard?: { number: number; count: number; examples: number };
  /** Of parts that were put together: how each went, in order. What stands above is of the first, times of all together. */
  parts?: RunPart[];
}

/** How a part of an evaluation went. */
export interface RunPart extends Pick<EvaluationRun, 'node' | 'platform' | 'threads' | 'seconds' | 'date'> {
  from: number;
  examples: number;
}

/** Why a result may say less than it seems to. */
export interface Warning {
  code:
    | 'few-examples'
    | 'classes-missing'
    | 'no-better-than-chance'
    | 'no-adaptive-attack'
    | 'nothing-broken'
    | 'zero-gradients'
    | 'refuted'
    | 'outside-threat'
    | 'few-classes'
    | 'eps-reaches-grey';
  message: string;
}

/** Robust accuracy with what it takes to judge it. Plain JSON; all but `run` repeats. */
export interface EvaluationResult {
  schema: 'agoge/evaluation@3';
  /** All that the records follow from; `null` where it is not known, of a file of `agoge/evaluation@2`. */
  setup: RunSetup | null;
  /** What was evaluated; `name` at least. */
  model: { name: string } & Record<string, unknown>;
  data: {
    /** Of images, labels and their order. */
    hash: string;
    /** In the whole data set. */
    examples: number;
    classes: number;
    bounds: [low: number, high: number];
    shape: [height: number, width: number, channels: number];
  };
  threat: Threat;
  /** Examples evaluated. */
  n: number;
  /** Fraction classified correctly unattacked. */
  cleanAccuracy: number;
  /** Fraction classified correctly that no attack broke: an upper bound of the true robust accuracy. */
  robustAccuracy: number;
  /** 95 % Wilson interval of `robustAccuracy`. */
  interval: [low: number, high: number];
  /** 95 % Wilson interval of `cleanAccuracy`. */
  cleanInterval: [low: number, high: number];
  /** In the order they ran. */
  attacks: AttackOutcome[];
  records: EvaluationRecord[];
  images: EvaluationImage[];
  /** Where all images were saved as 8 bits: how many broke their example, and how many do after rounding. */
  quantised?: { broken: number; survived: number };
  warnings: Warning[];
  run: EvaluationRun;
}

/** A result as the text of a file: canonical JSON, so that equal results are equal files. */
export function writeResult(result: EvaluationResult): string {
  return `${canonicalJson(result)}\n`;
}

/**
 * Reads the text of a result file, which may come from anybody. A file of `agoge/evaluation@2`, which has no `setup`, is read as
 * one of the present form, with `null` there.
 *
 * @param who the file's name, for messages
 * @throws FormatError that names the place inside: `result.json: threat.eps must be a finite number >= 0, got "8/255"`
 */
export function readResult(text: string, who = 'readResult'): EvaluationResult {
  const value = parseJson(who, text);
  const { schema, setup } = (value ?? {}) as Partial<Record<'schema' | 'setup', unknown>>;
  const isOlder = schema === 'agoge/evaluation@2';
  checkJson(who, value, isOlder || setup === null ? olderShape(isOlder) : evaluationShape);
  const read = value as EvaluationResult;
  const result: EvaluationResult = isOlder ? { ...read, schema: 'agoge/evaluation@3', setup: null } : read;
  checkAgreement(who, result);
  return result;
}

/** What the form cannot say: the summary figures are those of the records. */
function checkAgreement(who: string, result: EvaluationResult): void {
  const { records, n, model } = result;
  const clean = records.filter(({ correct }) => correct).length;
  const robust = records.filter(isRobust).length;
  const wrong = (what: string, expected: unknown, value: unknown) =>
    new FormatError(who, `${what} must be ${expected}, as its records say, got ${value}`);
  if (typeof model.name !== 'string') throw new FormatError(who, 'model.name must be a string');
  if (records.length !== n) throw wrong('n', records.length, n);
  if (result.cleanAccuracy !== clean / n) throw wrong('cleanAccuracy', clean / n, result.cleanAccuracy);
  if (result.robustAccuracy !== robust / n) throw wrong('robustAccuracy', robust / n, result.robustAccuracy);
  if (result.setup && result.setup.examples !== n) throw wrong('setup.examples', n, result.setup.examples);
  if (result.run.attackSeconds.length !== result.attacks.length) {
    throw wrong('the length of run.attackSeconds', result.attacks.length, result.run.attackSeconds.length);
  }
}
