import {
  type Attack,
  arrayOf,
  type Batch,
  type Batches,
  type BlackBox,
  type Classifier,
  canonicalJson,
  checkFit,
  checkOptions,
  checkValue,
  fn,
  frozen,
  integer,
  number,
  object,
  oneOf,
  type Progress,
  type Rule,
  refusal,
  required,
  runRules,
  said,
} from '@agoge/core';
import { getBackend, version_core } from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import { type Block, type BlockSummary, keptImages, runBlock, unknownUnlessLast } from './block';
import type { RunThreat } from './judge';
import type { AttackSummary, ExampleRecord, KeptImage } from './records';
import { checkState, openRunState, type RunState, type RunStateOptions } from './run-state';
import { startClock } from './time-left';
import { weightsHash } from './weights-hash';

export interface RunAttacksOptions {
  /** Consecutive examples that are attacked together: memory grows with it. Default 64. */
  batchSize?: number;
  /** The first example. Default 0. */
  from?: number;
  /** How many. Default: all that follow. */
  examples?: number;
  /** Key of all noise. Default 0. */
  seed?: number;
  /**
   * Which examples an attack meets: those that none before it broke (`survivors`, the default), or `all` that are correct on
   * the clean image, which costs more and tells of every attack what it alone breaks.
   */
  meets?: 'survivors' | 'all';
  /**
   * What the attacker may do: images of a larger size in that norm (l0 counts values; `none` holds nobody) break nothing, and
   * are counted as `outside`. Default: anything that an attack does, which its own `norm` and `eps` limit.
   */
  threat?: RunThreat;
  /** Images of so many examples, from the first, are kept. Default 0. */
  keep?: number;
  /** Keeps the run in a store as it goes, so that one that was killed goes on; and its images, where they are wanted. */
  state?: RunStateOptions;
  /** Told the records of each block, which are then not held: data of any length take the memory of a block. */
  onRecords?(records: ExampleRecord[]): void | Promise<void>;
  /** Ends the run at the next step of an attack. */
  signal?: AbortSignal;
  /** Told `done` of `total` examples times attacks, fractional within a block, and the seconds left. */
  onProgress?(progress: Progress): void;
}

export interface RunnerResult {
  /** One per example, in absolute order; none where `onRecords` was given. */
  records: ExampleRecord[];
  /** One per attack, in the order given. */
  attacks: AttackSummary[];
  images: KeptImage[];
  /** Where images were saved as uint8: how many broke their example, and how many do after rounding. */
  quantised?: { broken: number; survived: number };
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
 * No attack is taken at its word: the runner measures its images in float64, draws rounding back into ball and bounds, and
 * classifies them once more; an example is broken where that image is misclassified.
 *
 * With `state`, each block is kept after each attack, by one atomic put. A run that was killed goes on from there to the same
 * records; a state of other options, weights, data, backend or versions is refused by name. Of a model that does not tell its
 * `weights` they cannot be compared.
 *
 * @param f the model; a black box where the attacks need no gradients
 * @param data what it is measured on, of the same classes and bounds; read in absolute order
 * @param attacks such as `pgdAttack({ eps: 8 / 255 })`; none gives clean accuracy alone
 * @throws TypeError, RangeError for options, data that are empty or do not fit the classifier; RangeError that names attack and
 * example for an image that is not finite or outside the bounds or its attack's ball; what the attacks throw
 * @example
 * const { records } = await runAttacks(f, digits({ split: 'test' }), [fgsmAttack({ eps: 0.1 }), apgdAttack({ eps: 0.1 })]);
 * const robust = records.filter(isRobust).length / records.length;
 */
export async function runAttacks(
  f: Classifier | BlackBox,
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
    meets: oneOf('survivors', 'all'),
    threat: object,
    keep: integer({ min: 0 }),
    state: object,
    onRecords: fn,
    ...{ seed, signal, onProgress },
  });
  if (options.threat) {
    const norm = required(oneOf('linf', 'l2', 'l1', 'l0', 'none'));
    checkOptions(`${who}: threat`, options.threat, { norm, eps: required(number({ min: 0 })) });
  }
  checkState(who, options.state);
  checkFit(who, 'data', f, data);
  const resolved = withDefaults(options, rangeOf(who, data, options));
  return frozen(f, async () => {
    const state = options.state && (await openRunState(who, options.state, await setupOf(f, data, attacks, resolved)));
    return runBlocks(who, f, data, attacks, resolved, state);
  });
}

type Resolved = ReturnType<typeof withDefaults>;

function withDefaults(options: RunAttacksOptions, range: { from: number; examples: number }) {
  const { batchSize = 64, seed = 0, meets = 'survivors', keep = 0 } = options;
  const { threat, state, onRecords, signal, onProgress } = options;
  const images = state?.images ?? 'none';
  return { ...range, batchSize, seed, meets, keep, threat, images, onRecords, signal, onProgress } as const;
}

function rangeOf(who: string, { examples: all }: Batches, { from = 0, examples }: RunAttacksOptions) {
  if (from >= all) {
    throw said(new RangeError(refusal(who, 'from', `below the ${all} examples of the data`, from)));
  }
  const most = all - from;
  if (examples !== undefined && examples > most) {
    const what = `at most the ${most} of the data${from > 0 ? ` from ${from}` : ''}`;
    throw said(new RangeError(refusal(who, 'examples', what, examples)));
  }
  return { from, examples: examples ?? most };
}

/** All that the records follow from; a state is of this run alone. */
async function setupOf(
  f: Classifier | BlackBox,
  { hash, examples: all }: Batches,
  attacks: readonly Attack[],
  { batchSize, from, examples, seed, meets, threat, keep, images }: Resolved,
) {
  const setup = {
    ...{ batchSize, from, examples, seed, meets, keep, images },
    threat: threat ? { norm: threat.norm, eps: threat.eps } : null,
    attacks: attacks.map(({ name, options }) => ({ name, options })),
    data: { hash, examples: all },
    model: { weights: await weightsHash(f), classes: f.classes, bounds: [...f.bounds] },
    backend: getBackend(),
    versions: { '@agoge/attacks': version, '@tensorflow/tfjs-core': version_core },
  };
  return JSON.parse(canonicalJson(setup)) as Readonly<Record<string, unknown>>;
}

async function runBlocks(
  who: string,
  f: Classifier | BlackBox,
  data: Batches,
  attacks: readonly Attack[],
  options: Resolved,
  state: RunState | undefined,
): Promise<RunnerResult> {
  const { batchSize, from, examples, keep, onRecords, signal, onProgress } = options;
  const result: RunnerResult = {
    records: [],
    attacks: attacks.map((attack, i) => untouched(attack, unknownUnlessLast(options.meets, i, attacks.length))),
    images: [],
    ...(options.images === 'uint8' && { quantised: { broken: 0, survived: 0 } }),
  };
  const rounds = Math.max(attacks.length, 1);
  const total = examples * rounds;
  const clock = startClock();
  let done = 0;
  const finish = async (block: Block) => {
    done += block.records.length;
    merge(result, block);
    if (onRecords) await onRecords(block.records);
    else for (const record of block.records) result.records.push(record);
  };
  const tell = (size: number, share: number, before: number, note?: string) => {
    const secondsLeft = clock.secondsLeft(examples - done, { examples: size, share, before });
    onProgress?.({
      ...{ done: (done + size * share) * rounds, total },
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(note !== undefined && { note }),
    });
  };

  let begun = await state?.load(from);
  while (begun?.done === attacks.length) {
    await finish(begun);
    tell(0, 0, 0);
    begun = done < examples ? await state?.load(from + done) : undefined;
  }
  if (done === examples) return result;
  for await (const each of data.batches({ batchSize, from: from + done, signal })) {
    const batch = firstOf(each, examples - done);
    const size = batch.y.length;
    const first = from + done;
    const before = (begun?.done ?? 0) / rounds;
    const block = await runBlock(who, f, batch, attacks, {
      ...options,
      keep: Math.max(0, keep - done),
      begun,
      onAttack: async (unfinished) => state?.save(first, unfinished, false),
      onProgress: (place, { done: steps, total: allSteps }) =>
        tell(size, (place + steps / allSteps) / rounds, before, attacks[place].name),
    });
    begun = undefined;
    await state?.save(first, block, true);
    clock.lap(size);
    await finish(block);
    tell(0, 0, 0);
    if (done === examples) break;
  }
  return result;
}

function untouched({ name, norm, needs, options }: Attack, unique: number | null): AttackSummary {
  const passes = { forwards: 0, backwards: 0, zeroGradients: 0, seconds: 0 };
  return {
    name,
    norm,
    needs,
    options,
    attempted: 0,
    broken: 0,
    newlyBroken: 0,
    unique,
    refuted: 0,
    outside: 0,
    ...passes,
  };
}

function merge(result: RunnerResult, block: Block): void {
  result.images.push(...keptImages(block));
  block.attacks.forEach((each, i) => {
    const summary: BlockSummary = result.attacks[i];
    for (const key of Object.keys(each) as (keyof BlockSummary)[]) {
      const [sum, more] = [summary[key], each[key]];
      if (sum !== null && more !== null) summary[key] = sum + more;
    }
  });
  if (!result.quantised || !block.quantised) return;
  result.quantised.broken += block.records.filter(({ brokenBy }) => brokenBy !== null).length;
  result.quantised.survived += block.quantised.survived.reduce((sum, each) => sum + each, 0);
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
