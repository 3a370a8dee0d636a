import {
  type Attack,
  arrayOf,
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
} from '@agoge/core';
import type { RunThreat } from './judge';
import type { AttackSummary, ExampleRecord, KeptImage } from './records';
import type { RunSetup } from './run-setup';
import { checkState, type RunStateOptions } from './run-state';

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
  /** What was run: results of the same are the same. */
  setup: RunSetup;
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

/** The door of {@link runAttacks}. */
export function checkRun(who: string, attacks: readonly Attack[], options: RunAttacksOptions): void {
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
}
