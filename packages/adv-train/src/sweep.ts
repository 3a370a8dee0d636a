import {
  canonicalJson,
  checkOptions,
  checkValue,
  differences,
  fn,
  integer,
  openSealedJson,
  type Rule,
  type RunOptions,
  refusal,
  required,
  runRules,
  type Store,
  said,
  sealJson,
} from '@agoge/core';
import { having } from './having';

/** One run of a sweep: plain JSON. */
export interface SweepRun {
  /** Of options and seed: for checkpoints and files. */
  name: string;
  seed: number;
  /** One value of each option. */
  options: Readonly<Record<string, unknown>>;
}

export interface SweepOptions {
  seeds: readonly number[];
  /** The values of each option, as JSON. Default: none. */
  options?: Readonly<Record<string, readonly unknown[]>>;
}

const seedsRule: Rule = {
  expected: 'an array of integers >= 0, each once',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    const isFit = value.length > 0 && new Set(value).size === value.length;
    return isFit && value.every((each) => integer({ min: 0 }).test(each) === 'ok') ? 'ok' : 'range';
  },
};
const valuesRule: Rule = {
  expected: 'an array of values, each once',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    return value.length > 0 && new Set(value.map(canonicalJson)).size === value.length ? 'ok' : 'range';
  },
};

/**
 * All runs of a grid: every combination of the options' values with every seed, the seeds of one combination together.
 *
 * A run's name says its options in the order given and its seed, as `eps=0.1,beta=6,seed=0`; a value that is no number, truth
 * value or short word is named by its place, as `schedule=#2`.
 *
 * @throws TypeError, RangeError for options
 * @example
 * const runs = sweep({ seeds: [0, 1, 2], options: { beta: [1, 6] } }); // 6 runs
 */
export function sweep(given: SweepOptions): SweepRun[] {
  checkOptions('sweep', given, {
    seeds: required(seedsRule),
    options: { expected: 'an object', test: (value) => (typeof value === 'object' && value !== null ? 'ok' : 'kind') },
  });
  const { seeds, options: grid = {} } = given;
  let combinations: { names: string[]; options: Record<string, unknown> }[] = [{ names: [], options: {} }];
  for (const [option, values] of Object.entries(grid)) {
    checkValue('sweep', `options.${option}`, values, required(valuesRule));
    checkValue('sweep', 'options', option, {
      expected: 'named by words',
      test: () => (isWord(option) ? 'ok' : 'range'),
    });
    combinations = combinations.flatMap(({ names, options }) =>
      values.map((value, i) => ({
        names: [...names, `${option}=${isWord(String(value)) ? value : `#${i + 1}`}`],
        options: { ...options, [option]: value },
      })),
    );
  }
  return combinations.flatMap(({ names, options }) =>
    seeds.map((seed) => ({ name: [...names, `seed=${seed}`].join(','), seed, options })),
  );
}

/** What may stand in a file's name everywhere. */
const isWord = (text: string) => /^[\w+-][\w.+-]{0,40}$/.test(text);

/**
 * One of `count` shares of a list, numbered from 1, for machines or jobs that divide it: of `n` things those from
 * `floor((number - 1) n / count)` to before `floor(number n / count)`.
 *
 * @throws RangeError for a share that is none
 * @example
 * const mine = shardOf(runs, { number: 2, count: 4 });
 */
export function shardOf<T>(things: readonly T[], shard: { number: number; count: number }): T[] {
  const { number, count } = shard;
  checkOptions('shardOf', shard, {
    count: required(integer({ min: 1 })),
    number: required(integer({ min: 1, max: count })),
  });
  const edge = (share: number) => Math.floor((share * things.length) / count);
  return things.slice(edge(number - 1), edge(number));
}

export interface RunSweepOptions<R> extends Pick<RunOptions, 'signal' | 'onProgress'> {
  /** Where each result is kept, as `NAME.result.json`. */
  store: Store;
  /** Makes one run; its result is JSON. With `checkpoint: { store, name: run.name }` one that was killed goes on. */
  run(run: SweepRun): Promise<R>;
}

const schema = 'agoge/sweep-run@1';

/**
 * Makes the runs one after another and keeps each result in a file; those that have one are not made again.
 *
 * @returns all results, in the order of the runs
 * @throws Error for the file of a run with other options; FormatError for a damaged one; what a run throws
 * @example
 * const results = await runSweep(shardOf(runs, { number: 1, count: 4 }), { store: fileStore('sweep'), run });
 */
export async function runSweep<R>(
  runs: readonly SweepRun[],
  options: RunSweepOptions<R>,
): Promise<{ run: SweepRun; result: R }[]> {
  checkOptions('runSweep', options, {
    store: required(having('a Store', 'get', 'put', 'list', 'remove')),
    run: required(fn),
    signal: runRules.signal,
    onProgress: runRules.onProgress,
  });
  const names = runs.map(({ name }) => name);
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) throw said(new RangeError(refusal('runSweep', 'runs', 'each of a name of its own', twice)));
  const { store, signal, onProgress } = options;
  const results: { run: SweepRun; result: R }[] = [];
  for (const run of runs) {
    signal?.throwIfAborted();
    const file = `${run.name}.result.json`;
    let result = await resultIn(store, file, run);
    if (result === undefined) {
      const made = await options.run(run);
      await store.put(file, await sealJson({ schema, run, result: made }));
      result = made;
    }
    results.push({ run, result: result as R });
    onProgress?.({ done: results.length, total: runs.length, note: run.name });
  }
  return results;
}

/** What was kept of a run; undefined where nothing was. */
async function resultIn(store: Store, file: string, run: SweepRun): Promise<unknown> {
  const bytes = await store.get(file);
  if (!bytes) return undefined;
  const what = `runSweep: ${file}`;
  const { run: was, result } = await openSealedJson(what, schema, bytes);
  const different = differences(was, JSON.parse(canonicalJson(run)));
  if (different.length > 0) throw said(new Error(`${what} is of another run: ${different.join(', ')}`));
  return result;
}
