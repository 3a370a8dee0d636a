import {
  arrayOf,
  type Batches,
  canonicalJson,
  checkOptions,
  integer,
  number,
  oneOf,
  permutation,
  refusal,
  said,
} from '@agoge/core';
import { isDataset } from '../dataset';
import { rowsFrom } from './rows';
import { select, type View } from './select';

export interface SplitOptions {
  /** Examples of each part; or else `fractions`. */
  counts?: readonly number[];
  /** Shares of all examples, edges rounded to whole examples: `[0.9, 0.1]`. */
  fractions?: readonly number[];
  /**
   * What each part has a like share of: `label`, of every class, to one example or two (default where the data have
   * labels beforehand); `none`.
   */
  stratify?: 'label' | 'none';
  /** Default 0. */
  seed?: number;
}

/**
 * Parts of some data with no example in common, drawn by chance: one for each count or fraction, and a last one with what is
 * left, where something is.
 *
 * Each class is shuffled and laid out evenly over `[0, 1)`: the `j`th of `n` at `(j + u) / n`, where `u`, from 0 to 1, is
 * the class's own (systematic sampling); the parts are stretches of what results. With `stratify: 'none'`, all examples
 * count as one class. Within a part, examples keep their order and their numbers; reading and hash are as of `take`.
 *
 * W. Cochran, Sampling techniques (3rd ed., 1977), ch. 8.
 *
 * @throws TypeError, RangeError for options, for parts that are empty, and for more examples than there are
 *
 * @example
 * const [validation, training] = split(data, { counts: [1000], seed: 0 });
 */
export function split<D extends Batches>(data: D, options: SplitOptions): View<D>[] {
  checkOptions('split', options, {
    counts: arrayOf(integer({ min: 1 })),
    fractions: arrayOf(number({ above: 0, max: 1 })),
    stratify: oneOf('label', 'none'),
    seed: integer({ min: 0 }),
  });
  const { stratify = isDataset(data) ? 'label' : 'none', seed = 0 } = options;
  const edges = edgesOf(data.examples, options);
  const order = layOut(classesOf(data, stratify), seed);
  const { counts, fractions } = options;
  return edges.slice(1).map((to, part) => {
    const rows = order.slice(edges[part], to).sort();
    const what = canonicalJson({ ...(counts ? { counts } : { fractions }), stratify, seed, part });
    return select(data, rows, `split ${what}`);
  });
}

/** Where parts begin and end: from 0 to the number of examples. */
function edgesOf(examples: number, { counts, fractions }: SplitOptions): number[] {
  if ((counts === undefined) === (fractions === undefined)) {
    throw said(new TypeError('split: counts or fractions must be given, and not both'));
  }
  const sizes = counts ?? fractions ?? [];
  const what = counts ? 'counts' : 'fractions';
  const most = counts ? examples : 1;
  const edges = [0];
  let sum = 0;
  for (const size of sizes) {
    sum += size;
    edges.push(counts ? sum : Math.min(examples, Math.round(sum * examples)));
  }
  // Fractions that make up the whole may miss it by what float64 rounds.
  if (sizes.length === 0 || sum > most + (counts ? 0 : 1e-9)) {
    throw said(new RangeError(refusal('split', what, `one or more, ${most} in sum at most`, sizes)));
  }
  if (edges[sizes.length] < examples) edges.push(examples);
  if (edges.every((edge, part) => part === 0 || edge > edges[part - 1])) return edges;
  throw said(new RangeError(refusal('split', what, `such that no part of ${examples} examples is empty`, sizes)));
}

/** Rows of each class, or of all. */
function classesOf(data: Batches, stratify: 'label' | 'none'): number[][] {
  if (stratify === 'none') return [[...rowsFrom(0, data.examples)]];
  if (!isDataset(data)) {
    const what = `stratify 'label' needs a Dataset, whose labels are known beforehand`;
    throw said(new TypeError(`split: ${what}; split before data are augmented or mixed`));
  }
  const rows = Array.from({ length: data.classes }, (): number[] => []);
  data.labels.forEach((label, row) => {
    rows[label].push(row);
  });
  return rows;
}

/** All rows, each class shuffled and spread evenly. */
function layOut(classes: readonly (readonly number[])[], seed: number): Uint32Array {
  const turns = permutation({ seed, stream: 'split/turns' }, classes.length);
  const placed = classes.flatMap((rows, label) => {
    const begin = (turns[label] + 0.5) / classes.length;
    const order = permutation({ seed, index: label, stream: 'split' }, rows.length);
    return [...order].map((which, j) => ({ row: rows[which], at: (j + begin) / rows.length }));
  });
  return Uint32Array.from(
    placed.sort((a, b) => a.at - b.at || a.row - b.row),
    ({ row }) => row,
  );
}
