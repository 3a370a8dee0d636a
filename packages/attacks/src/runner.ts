import {
  type Attack,
  arrayOf,
  type Batch,
  type Batches,
  type Classifier,
  checkOptions,
  checkValue,
  frozen,
  integer,
  type Progress,
  type Rule,
  refusal,
  required,
  runRules,
  said,
} from '@agoge/core';
import { type BlockResult, runBlock } from './block';
import type { AttackSummary, ExampleRecord, KeptImage } from './records';

export interface RunAttacksOptions {
  /** Consecutive examples that are attacked together: memory grows with it. Default 64. */
  batchSize?: number;
  /** The first example. Default 0. */
  from?: number;
  /** How many. Default: all that follow. */
  examples?: number;
  /** Key of all noise. Default 0. */
  seed?: number;
  /** Images of so many examples, from the first, are kept. Default 0. */
  keep?: number;
  /** Ends the run at the next step of an attack. */
  signal?: AbortSignal;
  /** Told `done` of `total` examples times attacks; `done` is fractional within a block. */
  onProgress?(progress: Progress): void;
}

export interface RunnerResult {
  /** One per example, in absolute order. */
  records: ExampleRecord[];
  /** One per attack, in the order given. */
  attacks: AttackSummary[];
  images: KeptImage[];
}

const attackRule: Rule = {
  expected: 'an attack',
  test: (value) => (typeof (value as Attack | null)?.run === 'function' ? 'ok' : 'kind'),
};

/**
 * Attacks the examples of some data one attack after another and keeps, of each example, the worst.
 *
 * An example leaves as soon as an attack breaks it; each attack starts from the clean images. Robust accuracy is the share
 * of records that are `correct` and `brokenBy` nothing: the pointwise worst case over all attacks. A block of `batchSize`
 * consecutive examples is the unit of work, and its records depend on nothing outside it.
 *
 * @param f the classifier
 * @param data what it is measured on, of the same classes and bounds; read in absolute order
 * @param attacks such as `pgdAttack({ eps: 8 / 255 })`; none gives clean accuracy alone
 * @throws TypeError, RangeError for options, data that are empty or do not fit the classifier; what the attacks throw
 * @example
 * const { records } = await runAttacks(f, digits({ split: 'test' }), [fgsmAttack({ eps: 0.1 }), apgdAttack({ eps: 0.1 })]);
 * const robust = records.filter(isRobust).length / records.length;
 */
export async function runAttacks(
  f: Classifier,
  data: Batches,
  attacks: readonly Attack[],
  options: RunAttacksOptions = {},
): Promise<RunnerResult> {
  const who = 'runAttacks';
  checkValue(who, 'attacks', attacks, required(arrayOf(attackRule)));
  const { seed, signal, onProgress } = runRules;
  checkOptions(who, options, {
    batchSize: integer({ min: 1 }),
    from: integer({ min: 0 }),
    examples: integer({ min: 1 }),
    keep: integer({ min: 0 }),
    ...{ seed, signal, onProgress },
  });
  const range = checkData(who, f, data, options);
  return frozen(f, () => runBlocks(who, f, data, attacks, { ...options, ...range }));
}

function checkData(who: string, f: Classifier, data: Batches, { from = 0, examples }: RunAttacksOptions) {
  if (data.examples === 0) throw said(new RangeError(`${who}: data has no examples`));
  if (data.classes !== f.classes) {
    throw said(new RangeError(refusal(who, 'data.classes', `the classifier's ${f.classes}`, data.classes)));
  }
  if (data.bounds.some((bound, i) => bound !== f.bounds[i])) {
    throw said(new RangeError(refusal(who, 'data.bounds', `the classifier's [${f.bounds.join(', ')}]`, data.bounds)));
  }
  if (from >= data.examples) {
    throw said(new RangeError(refusal(who, 'from', `below the ${data.examples} examples of the data`, from)));
  }
  const most = data.examples - from;
  if (examples !== undefined && examples > most) {
    const what = `at most the ${most} of the data${from > 0 ? ` from ${from}` : ''}`;
    throw said(new RangeError(refusal(who, 'examples', what, examples)));
  }
  return { from, examples: examples ?? most };
}

type Resolved = RunAttacksOptions & { from: number; examples: number };

async function runBlocks(
  who: string,
  f: Classifier,
  data: Batches,
  attacks: readonly Attack[],
  { batchSize = 64, from, examples, seed = 0, keep = 0, signal, onProgress }: Resolved,
): Promise<RunnerResult> {
  const result: RunnerResult = { records: [], attacks: attacks.map(untouched), images: [] };
  const total = examples * Math.max(attacks.length, 1);
  for await (const batch of data.batches({ batchSize, from, signal })) {
    const done = result.records.length;
    const block = firstOf(batch, examples - done);
    const size = block.y.length;
    const found = await runBlock(who, f, block, attacks, {
      ...{ seed, signal, keep: Math.max(0, keep - done) },
      onProgress: (attack, { done: steps, total: allSteps }) =>
        onProgress?.({
          done: done * attacks.length + size * (attack + steps / allSteps),
          total,
          note: attacks[attack].name,
        }),
    });
    merge(result, found);
    onProgress?.({ done: (done + size) * Math.max(attacks.length, 1), total });
    if (result.records.length === examples) break;
  }
  return result;
}

function untouched({ name, norm, needs, options }: Attack): AttackSummary {
  const nothing = { attempted: 0, broken: 0, forwards: 0, backwards: 0, zeroGradients: 0, seconds: 0 };
  return { name, norm, needs, options, ...nothing };
}

function merge(result: RunnerResult, { records, attacks, images }: BlockResult): void {
  result.records.push(...records);
  result.images.push(...images);
  attacks.forEach((each, i) => {
    const summary = result.attacks[i];
    summary.attempted += each.attempted;
    summary.broken += each.broken;
    summary.forwards += each.forwards;
    summary.backwards += each.backwards;
    summary.zeroGradients += each.zeroGradients;
    summary.seconds += each.seconds;
  });
}

/** The first `n` examples of a batch. */
function firstOf(batch: Batch, n: number): Batch {
  const [size, ...item] = batch.shape;
  if (n >= size) return batch;
  const length = batch.x.length / size;
  return {
    x: batch.x.subarray(0, n * length),
    shape: [n, ...item],
    y: batch.y.subarray(0, n),
    index: batch.index.subarray(0, n),
  };
}
