import { checkOptions, checkValue, differences, integer, type Rule, required, said } from '@agoge/core';
import type { ExampleRecord } from './records';
import type { RunnerResult } from './run-options';
import type { RunSetup } from './run-setup';
import { addTotals } from './totals';

export interface MergeRunsOptions {
  /** The first example that the parts must have. Default: the first that they have. */
  from?: number;
  /** How many they must have together. Default: as many as they have. */
  examples?: number;
}

const who = 'mergeRuns';
const refuse = (what: string) => said(new RangeError(`${who}: ${what}`));

const partsRule: Rule = {
  expected: 'a list of one result of runAttacks or more',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    if (!value.every((each) => Array.isArray(each?.records) && typeof each?.setup === 'object')) return 'kind';
    return value.length > 0 ? 'ok' : 'range';
  },
};

/**
 * Puts the parts of a run together, in whatever order they come: what one run over all their examples gives, but for seconds.
 *
 * The parts are of one run where they have the same attacks with their options, weights, data, batch size, seed, backend and
 * versions; and they are parts of it where the next begins where the one before ends, at the edge of a block.
 *
 * @param parts results of `runAttacks`, each with `from` and `examples` of its own; they stay as they are
 * @throws TypeError for what is no result; RangeError, naming them, for parts of other runs, for examples that are in no part
 * or in two, for parts that do not begin with a block, and for records that are missing
 * @example
 * const parts = [await runAttacks(f, data, attacks, { examples: 512 }), await runAttacks(f, data, attacks, { from: 512 })];
 * const { records } = mergeRuns(parts, { examples: 1000 });
 */
export function mergeRuns(parts: readonly RunnerResult[], options: MergeRunsOptions = {}): RunnerResult {
  checkValue(who, 'parts', parts, required(partsRule));
  checkOptions(who, options, { from: integer({ min: 0 }), examples: integer({ min: 1 }) });
  const inOrder = [...parts].sort((a, b) => a.setup.from - b.setup.from);
  const [{ setup }] = inOrder;
  for (const part of inOrder) checkSameRun(part.setup, setup);
  const { from = setup.from } = options;
  if (setup.from < from) throw refuse(`the parts begin with example ${setup.from}, not ${from}`);
  const end = inOrder.reduce((at, part) => nextEdge(part, at, setup), from);
  const examples = options.examples ?? end - from;
  if (end - from !== examples) throw refuse(`the parts have ${end - from} examples, not ${examples}`);

  const records = inOrder.flatMap((part) => part.records);
  checkNoneTwice(records);
  const attacks = inOrder[0].attacks.map((first, i) => {
    const sums = { ...first };
    for (const part of inOrder.slice(1)) addTotals(sums, part.attacks[i]);
    return sums;
  });
  const rounded = inOrder.flatMap(({ quantised }) => quantised ?? []);
  const sum = (values: number[]) => values.reduce((all, each) => all + each, 0);
  return {
    setup: { ...setup, from, examples },
    records,
    attacks,
    images: inOrder.flatMap((part) => part.images).slice(0, setup.keep),
    ...(rounded.length > 0 && {
      quantised: {
        broken: sum(rounded.map((each) => each.broken)),
        survived: sum(rounded.map((each) => each.survived)),
      },
    }),
  };
}

function checkSameRun(
  { from: _, examples: __, ...one }: RunSetup,
  { from: ___, examples: ____, ...other }: RunSetup,
): void {
  const different = differences(other, one);
  if (different.length > 0) throw refuse(`the parts are of different runs: ${different.join(', ')}`);
}

/** Where the part after this one has to begin. */
function nextEdge({ setup: { from, examples }, records }: RunnerResult, at: number, whole: RunSetup): number {
  if (from > at) throw refuse(`examples ${at} to ${from - 1} are in no part`);
  if (from < at) throw refuse(`examples ${from} to ${Math.min(at, from + examples) - 1} are in two parts`);
  if ((from - whole.from) % whole.batchSize !== 0) {
    throw refuse(`the part from ${from} does not begin with a block of ${whole.batchSize} examples from ${whole.from}`);
  }
  if (records.length !== examples) {
    const lost = 'those that onRecords took are not held';
    throw refuse(`the part from ${from} has ${records.length} records of ${examples} examples; ${lost}`);
  }
  return from + examples;
}

function checkNoneTwice(records: readonly Pick<ExampleRecord, 'index'>[]): void {
  const seen = new Set<number>();
  for (const { index } of records) {
    if (seen.has(index)) throw refuse(`example ${index} has two records`);
    seen.add(index);
  }
}
