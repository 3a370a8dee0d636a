import { type Attack, type Batch, type Batches, type BlackBox, type Classifier, checkFit, frozen } from '@agoge/core';
import { type Block, keptImages } from './block';
import { runBlock, unknownUnlessLast } from './run-block';
import { checkRun, type RunAttacksOptions, type RunnerResult } from './run-options';
import { type Resolved, type RunSetup, resolvedRun, setupOf } from './run-setup';
import { openRunState, type RunState } from './run-state';
import { startClock } from './time-left';
import { addTotals, untouched } from './totals';

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
  checkRun(who, attacks, options);
  checkFit(who, 'data', f, data);
  const resolved = resolvedRun(who, data, options);
  return frozen(f, async () => {
    const setup = await setupOf(f, data, attacks, resolved);
    const state = options.state && (await openRunState(who, options.state, setup));
    return runBlocks(who, f, data, attacks, { ...resolved, setup, state });
  });
}

async function runBlocks(
  who: string,
  f: Classifier | BlackBox,
  data: Batches,
  attacks: readonly Attack[],
  options: Resolved & { setup: RunSetup; state: RunState | undefined },
): Promise<RunnerResult> {
  const { batchSize, from, examples, keep, onRecords, signal, onProgress, setup, state } = options;
  const result: RunnerResult = {
    setup,
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
    tally(result, block);
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

function tally(result: RunnerResult, block: Block): void {
  result.images.push(...keptImages(block));
  block.attacks.forEach((each, i) => {
    addTotals(result.attacks[i], each);
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
