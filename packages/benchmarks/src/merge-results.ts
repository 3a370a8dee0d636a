import { mergeRuns, type RunSetup } from '@agoge/attacks';
import { arrayOf, checkOptions, checkValue, differences, type Rule, required, said, string } from '@agoge/core';
import { concluded } from './concluded';
import type { EvaluationResult, EvaluationRun } from './evaluation-result';

export interface MergeResultsOptions {
  /** What the parts are called in errors: their files. Default `part 1` ... */
  names?: readonly string[];
  /** How to do it again, for the report. */
  command?: string;
}

/** A result that can be a part, and what it is called. */
interface Part {
  name: string;
  result: EvaluationResult;
  setup: RunSetup;
}

const who = 'mergeResults';
const refuse = (what: string) => said(new RangeError(`${who}: ${what}`));

const resultsRule: Rule = {
  expected: 'a list of one result of evaluate or more',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    if (!value.every((each) => each?.schema === 'agoge/evaluation@3')) return 'kind';
    return value.length > 0 ? 'ok' : 'range';
  },
};

/**
 * Puts the parts of an evaluation together, in whatever order they come: the result of evaluating all their examples at once,
 * byte for byte but for `run`.
 *
 * @param results of {@link evaluate} with `shard`, or with `from` and `examples` that follow on each other; they stay as they are
 * @returns a result whose `run` is that of the first part, with the seconds of all and what each part took in `parts`
 * @throws TypeError for what is no result; RangeError, naming the parts, for those of other runs (attacks, weights, data, seed,
 * backend, code, ...), for examples that are in no part or in two, and for a shard that is missing
 * @example
 * const parts = [1, 2].map((number) => evaluate(f, data, { attacks, shard: { number, count: 2 } }));
 * const { robustAccuracy } = mergeResults(await Promise.all(parts));
 */
export function mergeResults(
  results: readonly EvaluationResult[],
  options: MergeResultsOptions = {},
): EvaluationResult {
  checkValue(who, 'results', results, required(resultsRule));
  checkOptions(who, options, { names: arrayOf(string, results.length), command: string });
  const { names = results.map((_, i) => `part ${i + 1}`), command } = options;
  const parts = results
    .map((result, i) => partOf(result, names[i]))
    .sort((a, b) => a.setup.from - b.setup.from || a.setup.examples - b.setup.examples);
  const [first, ...others] = parts;
  for (const other of others) checkSameRun(first, other);
  checkOrder(parts);
  checkWhole(parts);

  const merged = mergeRuns(
    parts.map(({ result: { records, attacks, run, quantised }, setup }) => ({
      setup,
      // What JSON has no number for is null, and stays so.
      records: records as never,
      attacks: attacks.map((each, i) => ({ ...each, seconds: run.attackSeconds[i] })),
      images: [],
      ...(quantised && { quantised }),
    })),
  );
  const { model, data, threat } = first.result;
  return {
    ...concluded({
      ...{ setup: merged.setup, model, data, threat },
      attacks: merged.attacks.map(({ seconds: _, ...each }) => each),
      records: merged.records,
      images: parts.flatMap(({ result }) => result.images).slice(0, merged.setup.keep),
      ...(merged.quantised && { quantised: merged.quantised }),
    }),
    run: { ...runOf(parts, merged.records.length), ...(command !== undefined && { command }) },
  };
}

function partOf(result: EvaluationResult, name: string): Part {
  const { setup } = result;
  if (setup) return { name, result, setup };
  throw refuse(`${name} does not say what was run (it is of agoge/evaluation@2): evaluate that part again`);
}

/** What two parts have in common, all that the records and their conclusions follow from. */
function commonOf({ setup: { from: _, examples: __, ...setup }, result }: Part): Record<string, unknown> {
  const { model, data, threat, run } = result;
  const { versions, code = null, shard } = run;
  return {
    ...setup,
    described: { model, data, threat },
    code: { versions, hash: code },
    ...(shard && { shards: { count: shard.count, examples: shard.examples } }),
  };
}

function checkSameRun(first: Part, other: Part): void {
  const different = differences(commonOf(first), commonOf(other)).map((each) =>
    each.replace(/ was (.*), is (.*)$/, ` is $1 and $2`),
  );
  if (different.length > 0) {
    throw refuse(`${first.name} and ${other.name} are of different runs: ${different.join(', ')}`);
  }
}

/** Each part begins where the one before ends, with a block. */
function checkOrder(parts: readonly Part[]): void {
  const [{ setup: whole }] = parts;
  for (const [i, { name, setup }] of parts.entries()) {
    const { from, examples, batchSize } = setup;
    if ((from - whole.from) % batchSize !== 0) {
      throw refuse(`${name} begins with example ${from}, which begins no block of ${batchSize} from ${whole.from}`);
    }
    const next = parts[i + 1];
    if (!next) continue;
    const end = from + examples;
    const start = next.setup.from;
    if (start < end) {
      const last = Math.min(end, start + next.setup.examples) - 1;
      throw refuse(`${name} and ${next.name} both have examples ${start} to ${last}`);
    }
    if (start > end) throw refuse(`examples ${end} to ${start - 1} are in no part, between ${name} and ${next.name}`);
  }
}

/** Parts that are shards say how many there must be. */
function checkWhole(parts: readonly Part[]): void {
  const [{ result }] = parts;
  const { shard } = result.run;
  if (!shard) return;
  const found = parts.reduce((sum, { setup }) => sum + setup.examples, 0);
  if (found === shard.examples) return;
  const there = parts.map((part) => `${part.result.run.shard?.number} (${part.name})`);
  throw refuse(
    `${found} of ${shard.examples} examples are here: of ${shard.count} shards there are ${there.join(', ')}`,
  );
}

function runOf(parts: readonly Part[], examples: number): EvaluationRun {
  const [first] = parts;
  const { shard: _, command: __, parts: ___, ...run } = first.result.run;
  const seconds = parts.reduce((sum, { result }) => sum + result.run.seconds, 0);
  return {
    ...run,
    seconds,
    examplesPerSecond: examples / seconds,
    attackSeconds: run.attackSeconds.map((_, i) =>
      parts.reduce((sum, each) => sum + each.result.run.attackSeconds[i], 0),
    ),
    date: parts.map(({ result }) => result.run.date).sort()[0],
    parts: parts.map(({ setup: { from, examples }, result: { run: own } }) => {
      const { node, platform, threads, seconds, date } = own;
      return { from, examples, node, platform, threads, seconds, date };
    }),
  };
}
