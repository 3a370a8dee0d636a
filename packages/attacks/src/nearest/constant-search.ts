import { integer, number, type Rules } from '@agoge/core';
import {
  add,
  cast,
  div,
  equal,
  fill,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  mod,
  mul,
  type Tensor1D,
  where,
} from '@tensorflow/tfjs-core';
import { select } from '../rows';

/** Options of attacks that weigh a perturbation's size against being broken, and look for the weight. */
export interface ConstantSearchOptions {
  /** Weights tried, one after another: ten times the last until one breaks the example, then by bisection. Default 9 (the authors' code, foolbox 3.3). */
  rounds?: number;
  /**
   * Steps of each round at most; it ends as soon as a tenth of them has brought next to nothing. Default 10000 (the authors'
   * code, foolbox 3.3; torchattacks 3.5 makes 50 and ART 1.20 makes 10, which is another attack).
   */
  steps?: number;
  /** The first weight of being broken. Default 0.001 (the authors' code, foolbox 3.3). */
  initialConstant?: number;
  /** Size of a step. Default 0.01 (the authors' code, foolbox 3.3). */
  stepSize?: number;
  /**
   * How far beyond the boundary, in logits, an image has to be to be looked for: of those the nearest is kept. Default 0 (the
   * authors' code, foolbox 3.3).
   */
  confidence?: number;
}

export const constantSearchRules: Rules = {
  rounds: integer({ min: 1 }),
  steps: integer({ min: 1 }),
  initialConstant: number({ above: 0 }),
  stepSize: number({ above: 0 }),
  confidence: number({ min: 0 }),
};

export function resolvedSearch({
  rounds = 9,
  steps = 10_000,
  initialConstant = 0.001,
  ...rest
}: ConstantSearchOptions) {
  const { stepSize = 0.01, confidence = 0 } = rest;
  return { rounds, steps, initialConstant, stepSize, confidence };
}

/** What the search remembers of each example, all `[n]`. */
export type Search = {
  constant: Tensor1D;
  /** The largest that has not broken it, the smallest that has. */
  lower: Tensor1D;
  upper: Tensor1D;
  /** Whether this round has broken it: 1 or 0. */
  found: Tensor1D;
  /** Steps made in this round. */
  made: Tensor1D;
  /** Rounds made. */
  round: Tensor1D;
  /** Loss at the last tenth. */
  lossThen: Tensor1D;
};

/** Beyond any constant or loss. */
const unknown = 1e30;
/** A tenth of a round has to bring the loss below this share of what it was. */
const progress = 0.9999;

const flags = (condition: Tensor1D): Tensor1D => cast(condition, 'float32');

export function beginSearch(n: number, initialConstant: number): Search {
  const all = (value: number) => fill([n], value) as Tensor1D;
  const none = all(0);
  return {
    ...{ constant: all(initialConstant), lower: none, upper: all(unknown) },
    ...{ found: none, made: none, round: none, lossThen: all(unknown) },
  };
}

/**
 * Goes on by one step, each example in a round of its own.
 *
 * @returns what is remembered then, and of whom a round has ended: they begin again with another constant
 */
export function goOn(
  search: Search,
  isBroken: Tensor1D,
  loss: Tensor1D,
  { steps }: { steps: number },
): { search: Search; ended: Tensor1D } {
  const found = flags(logicalOr<Tensor1D>(isBroken, greater(search.found, 0)));
  const made = add<Tensor1D>(search.made, 1);
  const isTenth = equal<Tensor1D>(mod(made, Math.ceil(steps / 10)), 0);
  const stalls = logicalAnd<Tensor1D>(isTenth, greater(loss, mul(search.lossThen, progress)));
  const ended = logicalOr<Tensor1D>(stalls, greaterEqual(made, steps));
  const upper = select<Tensor1D>(greater(found, 0), search.constant, search.upper);
  const lower = select<Tensor1D>(greater(found, 0), search.lower, search.constant);
  const middle = div<Tensor1D>(add(lower, upper), 2);
  const constant = where(less(upper, unknown), middle, mul(search.constant, 10)) as Tensor1D;
  const begun = beginSearch(made.shape[0], 1);
  return {
    ended,
    search: {
      constant: select(ended, constant, search.constant),
      lower: select(ended, lower, search.lower),
      upper: select(ended, upper, search.upper),
      found: select(ended, begun.found, found),
      made: select(ended, begun.made, made),
      round: add(search.round, flags(ended)),
      lossThen: select(ended, begun.lossThen, select(isTenth, loss, search.lossThen)),
    },
  };
}

/** Who has made all rounds: 1, else 0. */
export const isSearched = ({ round }: Search, rounds: number): Tensor1D => flags(greaterEqual(round, rounds));
