import {
  type AttackSummary,
  type ExampleRecord,
  type KeptImage,
  type RunStateOptions,
  runAttacks,
} from '@agoge/attacks';
import {
  type Attack,
  type Batches,
  type Classifier,
  canonicalJson,
  checkOptions,
  checkValue,
  fn,
  integer,
  number,
  object,
  oneOf,
  type Progress,
  type Rule,
  required,
  runRules,
  said,
  string,
} from '@agoge/core';
import { shardRange } from '@agoge/datasets';
import { concluded } from './concluded';
import { environment } from './environment';
import type { AttackOutcome, EvaluationImage, EvaluationRecord, EvaluationResult, Threat } from './evaluation-result';
import { floatsToText } from './float-text';

export interface EvaluateOptions {
  /** In the order to run: each meets the examples that those before it left standing, so the cheap ones come first. */
  attacks: readonly Attack[];
  /** Examples attacked together. Default 64. */
  batchSize?: number;
  /** The first example. Default 0. */
  from?: number;
  /** How many, from `from`. Default: all that follow. */
  examples?: number;
  /** Evaluates one of so many parts of these, by the rule of `shard` in `@agoge/datasets`; {@link mergeResults} joins them. */
  shard?: { number: number; count: number };
  /** Key of all noise. Default 0. */
  seed?: number;
  /** What the attacker may do; what lies outside breaks nothing. Default: the norm and eps that all attacks share. */
  threat?: Threat;
  /** As for {@link runAttacks}: with `all`, the result says what each attack alone breaks. Default `survivors`. */
  meets?: 'survivors' | 'all';
  /** As for {@link runAttacks}: keeps the run in a store, so that one that was killed goes on; saves the images found. */
  state?: RunStateOptions;
  /** Clean and adversarial images of so many examples go into the result. Default 8. */
  keep?: number;
  /** What was evaluated, as JSON. Default `{ name: 'model' }`. */
  model?: EvaluationResult['model'];
  /** How to do it again, for the report. */
  command?: string;
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

const attackList: Rule = {
  expected: 'a list of one attack or more (such as [pgdAttack({ eps })])',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    if (!value.every((each) => typeof each?.run === 'function' && typeof each?.name === 'string')) return 'kind';
    return value.length > 0 ? 'ok' : 'range';
  },
};
const threatRules = {
  norm: required(oneOf('linf', 'l2', 'l1', 'l0', 'none')),
  eps: required(number({ min: 0 })),
};

/**
 * Measures the robust accuracy of a classifier: the fraction of examples that it classifies correctly and that no attack
 * of the list breaks. It bounds the true robust accuracy from above; a stronger attack can only lower it.
 *
 * @param f the model
 * @param data its test data, with the model's classes and bounds
 * @returns a result of plain JSON ({@link EvaluationResult}): accuracies with 95 % intervals, one record per example,
 *   warnings, the environment; all but `run` repeats with the same seed, backend and batch size
 * @throws TypeError, RangeError for options, and for data of other classes or bounds than the model's; what the attacks
 *   throw; the signal's reason, once aborted
 * @example
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 * const attacks = [pgdAttack({ eps: 0.1 }), apgdAttack({ eps: 0.1 })];
 * const { robustAccuracy, interval, warnings } = await evaluate(f, digits({ split: 'test' }), { attacks });
 */
export async function evaluate(f: Classifier, data: Batches, options: EvaluateOptions): Promise<EvaluationResult> {
  checkValue('evaluate', 'f', f, required(fn));
  checkValue('evaluate', 'data', data, required(object));
  checkOptions('evaluate', options, {
    attacks: required(attackList),
    batchSize: integer({ min: 1 }),
    from: integer({ min: 0 }),
    examples: integer({ min: 1 }),
    shard: object,
    threat: object,
    meets: oneOf('survivors', 'all'),
    state: object,
    keep: integer({ min: 0 }),
    model: object,
    command: string,
    seed: runRules.seed,
    signal: runRules.signal,
    onProgress: runRules.onProgress,
  });
  const { attacks, batchSize = 64, seed = 0, keep = 8, meets = 'survivors' } = options;
  const { model = { name: 'model' }, command, state, signal, onProgress } = options;
  const threat = threatOf(attacks, options.threat);
  // Now, and not after hours: what is no JSON cannot be kept.
  canonicalJson({ model, attacks: attacks.map((each) => each.options) });

  const range = rangeOf(data, options, batchSize);
  const start = performance.now();
  const run = { batchSize, ...range, seed, keep, threat, meets, state, signal, onProgress };
  const found = await runAttacks(f, data, attacks, run);
  const attackSeconds = found.attacks.map((each) => each.seconds);
  const inAttacks = attackSeconds.reduce((sum, each) => sum + each, 0);
  const seconds = Math.max((performance.now() - start) / 1000, inAttacks);

  const { hash, classes, bounds, shape } = data;
  const { shard } = options;
  return {
    ...concluded({
      setup: found.setup,
      model,
      data: { hash, examples: data.examples, classes, bounds: [...bounds], shape: [...shape] },
      threat,
      attacks: found.attacks.map(outcome),
      records: found.records.map(record),
      images: found.images.map(image),
      ...(found.quantised && { quantised: found.quantised }),
    }),
    run: {
      ...(await environment()),
      seed,
      batchSize,
      meets,
      seconds,
      examplesPerSecond: found.records.length / seconds,
      attackSeconds,
      date: new Date().toISOString(),
      ...(command !== undefined && { command }),
      ...(shard && { shard: { ...shard, examples: wholeOf(data, options) } }),
    },
  };
}

const wholeOf = ({ examples: all }: Batches, { from = 0, examples = all - from }: EvaluateOptions) => examples;

/** The examples that are asked for; a refusal of too many is left to the runner. */
function rangeOf(data: Batches, options: EvaluateOptions, batchSize: number): { from: number; examples?: number } {
  const { shard, from = 0, examples } = options;
  if (!shard) return { from, ...(examples !== undefined && { examples }) };
  const { number, count } = shard;
  const some = integer({ min: 1 });
  checkOptions('evaluate: shard', shard, { count: required(some), number: required(integer({ min: 1, max: count })) });
  const whole = wholeOf(data, options);
  if (from + whole > data.examples) return { from, examples: whole };
  const part = shardRange(whole, { number, count, batchSize });
  if (part.examples > 0) return { from: from + part.from, examples: part.examples };
  const what = `shard ${number}/${count} is empty: there are fewer blocks of ${batchSize} images than parts`;
  throw said(new RangeError(`evaluate: ${what}`));
}

function threatOf(attacks: readonly Attack[], given?: Threat): Threat {
  if (given) {
    checkOptions('evaluate: threat', given, threatRules);
    return { norm: given.norm, eps: given.eps };
  }
  const [{ norm, options }] = attacks;
  const { eps } = options;
  if (typeof eps !== 'number' || attacks.some((each) => each.norm !== norm || each.options.eps !== eps)) {
    const what = 'threat must be given as { norm, eps }, since the attacks do not share one';
    throw said(new TypeError(`evaluate: ${what}`));
  }
  return { norm, eps };
}

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);

/** All but the time, which belongs to the run. */
function outcome({ seconds: _, ...rest }: AttackSummary): AttackOutcome {
  return rest;
}

/** JSON has no NaN: a margin that the model gives no scores for is `null`. */
function record(each: ExampleRecord): EvaluationRecord {
  return {
    ...each,
    cleanMargin: finite(each.cleanMargin),
    distance: finite(each.distance),
    margin: finite(each.margin),
    loss: finite(each.loss),
  };
}

function image({ clean, adversarial, ...rest }: KeptImage): EvaluationImage {
  return { ...rest, clean: floatsToText(clean), adversarial: floatsToText(adversarial) };
}
