import { type Classifier, lossAndGradient, ModelError, type Run, step } from '@agoge/core';
import {
  abs,
  add,
  cast,
  equal,
  fill,
  isFinite as isFiniteTensor,
  less,
  logicalAnd,
  logicalNot,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Aim } from '../aim';
import { batchSize, type Rows, release, rowsOf, select } from '../rows';

/** Where an evaluation is made, and of whom. */
export interface Question {
  f: Classifier;
  aim: Aim;
  x: Tensor4D;
  y: Tensor1D;
  wanted: Tensor1D;
  /** Absolute numbers of the examples, a row each: the keys of noise. */
  index: Float64Array;
}

/** What an evaluation tells. */
export interface Answer {
  logits: Tensor2D;
  /** `[n]`: what is ascended; 0 where it was not asked for. */
  loss: Tensor1D;
  /** Of the loss; undefined where it was not asked for. */
  gradient?: Tensor4D;
  /** The mean of gradients near by, where the attack asks for them. */
  nearby?: Tensor4D;
  /** Of the kernels that it rests on. */
  check(): Promise<void>;
  /** Passes spent on each example. */
  forwards: number;
  backwards: number;
}

/** What an ascent sees of where it is. */
export interface Sight {
  x: Tensor4D;
  /** The clean images. */
  center: Tensor4D;
  /** `[n]`: what is ascended. */
  loss: Tensor1D;
  gradient: Tensor4D;
  /** As of {@link Answer}. */
  nearby?: Tensor4D;
  /** `[n]`: negative where broken. */
  margin: Tensor1D;
}

/** How a gradient attack moves, from what it sees and what it remembers. Called within a tidy; all without reading back. */
export interface Ascent<Memory extends Rows = Rows> {
  /** Number of moves. */
  readonly steps: number;
  /** The first iterate that counts; those before may lie outside the ball. */
  readonly countsFrom: number;
  /** Which of the iterates from there count. Default: all. */
  counts?(iteration: number): boolean;
  /** What is asked of the classifier, at all iterates but the last. Default: {@link slope}. */
  evaluate?(question: Question, iteration: number): Answer;
  next(at: Sight, memory: Memory | undefined, iteration: number): { x: Tensor4D; memory: Memory };
  /** Who has nothing more to do, `[n]`: 1, else 0. Default: nobody. */
  done?(memory: Memory): Tensor1D;
}

/** The loss and its gradient: one forward and one backward pass. */
export function slope({ f, aim, x, y, wanted }: Question): Answer {
  const seen = lossAndGradient(f, x, (logits) => aim.loss(logits, y, wanted));
  return { ...seen, forwards: 1, backwards: 1 };
}

/** The logits alone: one forward pass. */
export function glance({ f, x, y }: Question): Answer {
  return { logits: f(x), loss: zerosLike(cast(y, 'float32')), check: async () => {}, forwards: 1, backwards: 0 };
}

/** What is known of every example of an attack, in absolute order of the batch. */
export interface Ledger {
  /** The strongest images found. */
  readonly images: Float32Array;
  /** Their scores: negative where broken, see {@link Expedition.rank}. */
  readonly score: Float32Array;
  readonly forwards: Int32Array;
  readonly backwards: Int32Array;
  /** Gradient steps that saw a gradient of exactly 0. */
  readonly zeroGradients: Int32Array;
}

/** The part of a batch that is under attack: `places` in the ledger, and tensors of one row each, padded to a batch. */
export interface Party {
  readonly places: readonly number[];
  readonly center: Tensor4D;
  readonly y: Tensor1D;
  readonly wanted: Tensor1D;
}

/** Whose climb it is. */
export interface Expedition {
  who: string;
  f: Classifier;
  aim: Aim;
  ledger: Ledger;
  index: Float64Array;
  reins: Pick<Run, 'signal' | 'onProgress'>;
  /** The score of iterates, from their margins: the smaller the stronger, negative where broken. Called within a tidy. */
  rank(margin: Tensor1D, x: Tensor4D, center: Tensor4D): Tensor1D;
  /** Below this score an example leaves. */
  enough: number;
  /** Evaluations made so far, and in all. */
  progress: { done: number; total: number };
}

/** Who climbs: its place in the ledger, and its row of the tensors. */
interface Climber {
  place: number;
  row: number;
}

/** Beyond any score. */
const unscored = 1e38;

type State = {
  center: Tensor4D;
  y: Tensor1D;
  wanted: Tensor1D;
  x: Tensor4D;
  strongest: Tensor4D;
  score: Tensor1D;
  /** Number of the first evaluation that was not finite, negative where the logits were not; 0: none. */
  trouble: Tensor1D;
  zeroGradients: Tensor1D;
};

/** What one evaluation adds to what is known: trouble, gradients of 0. */
function warned({ logits, gradient }: Answer, state: State, at: number): Pick<State, 'trouble' | 'zeroGradients'> {
  const bad = (size: Tensor, code: number, before: Tensor) =>
    where(logicalAnd(equal(before, 0), logicalNot(isFiniteTensor(size))), code, before) as Tensor1D;
  const trouble = bad(sum(abs(logits), 1), -(at + 1), state.trouble);
  if (!gradient) return { trouble, zeroGradients: state.zeroGradients };
  const size = sum(abs(gradient), [1, 2, 3]);
  return {
    trouble: bad(size, at + 1, trouble),
    zeroGradients: add<Tensor1D>(state.zeroGradients, cast(equal(size, 0), 'float32')),
  };
}

/** The strongest of the iterates so far. */
function strongest(state: State, score: Tensor1D): Pick<State, 'score' | 'strongest'> {
  const better = less<Tensor1D>(score, state.score);
  return {
    score: select(better, score, state.score),
    strongest: select(better, state.x, state.strongest),
  };
}

/**
 * Lets a party climb from `start` and writes the strongest images found to the ledger, better ones than it holds already.
 *
 * Scores are read back after 1, 2, 4, 8, ... moves and the last, and then alone: who has enough leaves, and the others go on
 * as if nothing had happened, since no example sees another; in a smaller batch once they fit in one. What starts or regroups
 * is flushed, so that a backend that compiles whole steps finds the same ones again.
 *
 * @throws ModelError naming the step and the example where logits or gradients are not finite
 */
export async function climb<Memory extends Rows>(
  { who, f, aim, ledger, index, reins, rank, enough, progress }: Expedition,
  party: Party,
  start: Tensor4D,
  { steps, countsFrom, counts = () => true, evaluate = slope, next, done }: Ascent<Memory>,
): Promise<void> {
  let climbers: Climber[] = party.places.map((place, row) => ({ place, row }));
  const numbers = () => {
    const of = new Map(climbers.map(({ place, row }) => [row, index[place]]));
    return Float64Array.from({ length: state.x.shape[0] }, (_, row) => of.get(row) ?? index[climbers[0].place]);
  };
  let memory: Memory | undefined;
  let state: State = tidy(() => ({
    center: party.center.clone(),
    y: party.y.clone(),
    wanted: party.wanted.clone(),
    x: start.clone(),
    strongest: zerosLike(start),
    score: fill([start.shape[0]], unscored) as Tensor1D,
    trouble: fill([start.shape[0]], 0) as Tensor1D,
    zeroGradients: fill([start.shape[0]], 0) as Tensor1D,
  }));
  let examples = numbers();

  /** Makes one evaluation and one move; gives the check of the kernels that the gradient rests on. */
  const advance = (iteration: number) => {
    const { center, y, wanted, x } = state;
    const isLast = iteration === steps;
    const isCounted = iteration >= countsFrom && counts(iteration);
    const spent = { check: async () => {}, forwards: 0, backwards: 0 };
    const after = tidy(() => {
      const seen = (isLast ? glance : evaluate)({ f, aim, x, y, wanted, index: examples }, iteration);
      Object.assign(spent, { check: seen.check, forwards: seen.forwards, backwards: seen.backwards });
      const margin = aim.score(seen.logits, y, wanted);
      const known = {
        ...warned(seen, state, iteration),
        ...(isCounted ? strongest(state, rank(margin, x, center)) : undefined),
      };
      if (isLast) return { state: { ...state, ...known }, memory: undefined };
      const { loss, gradient = zerosLike(x), nearby } = seen;
      const sight = { x, center, margin, loss, gradient, nearby };
      const gone = next(sight, memory, iteration);
      return { state: { ...state, ...known, x: gone.x }, memory: gone.memory };
    });
    release([state, memory], [after.state, after.memory]);
    ({ state, memory } = after);
    for (const { place } of climbers) {
      ledger.forwards[place] += spent.forwards;
      ledger.backwards[place] += spent.backwards;
    }
    return spent.check;
  };

  /** Lets go who has arrived, or everybody. */
  const settle = async (all: boolean) => {
    const ready = memory && done ? tidy(() => done(memory as Memory)) : undefined;
    const known = [state.score, state.trouble, state.zeroGradients, ...(ready ? [ready] : [])];
    const [score, trouble, zeroGradients, isReady] = await Promise.all(known.map((each) => each.data<'float32'>()));
    ready?.dispose();
    for (const { place, row } of climbers) {
      if (trouble[row] === 0) continue;
      const what = trouble[row] < 0 ? 'logits' : 'gradients';
      const when = `step ${Math.abs(trouble[row])} of ${steps + 1}`;
      throw new ModelError(
        who,
        `the classifier gave ${what} that are not finite at ${when}, for example ${index[place]}`,
      );
    }
    const leaves = ({ row }: Climber) => all || score[row] < enough || isReady?.[row] === 1;
    const leaving = climbers.filter(leaves);
    await record(
      leaving.filter(({ place, row }) => score[row] < ledger.score[place]),
      score,
    );
    for (const { place, row } of leaving) ledger.zeroGradients[place] += zeroGradients[row];
    climbers = climbers.filter((each) => !leaves(each));
    if (climbers.length > 0 && batchSize(climbers.length) < state.x.shape[0]) await regroup();
  };

  const record = async (better: readonly Climber[], score: ArrayLike<number>) => {
    if (better.length === 0) return;
    const images = await state.strongest.data();
    const length = ledger.images.length / ledger.score.length;
    for (const { place, row } of better) {
      ledger.images.set(images.subarray(row * length, (row + 1) * length), place * length);
      ledger.score[place] = score[row];
    }
  };

  /** Leaves behind the rows of who has left. */
  const regroup = async () => {
    const rows = climbers.map(({ row }) => row);
    const [kept, remembered] = [rowsOf(state, rows), memory && rowsOf(memory, rows)];
    release([state, memory]);
    [state, memory] = [kept, remembered];
    climbers = climbers.map(({ place }, row) => ({ place, row }));
    examples = numbers();
    await step(reins);
  };

  try {
    await step(reins);
    for (let iteration = 0; iteration <= steps && climbers.length > 0; iteration++) {
      const check = advance(iteration);
      await check();
      await step(reins, { done: ++progress.done, total: progress.total, note: who });
      const isPowerOfTwo = (iteration & (iteration - 1)) === 0 && iteration > 0;
      if (iteration === steps || (isPowerOfTwo && iteration >= countsFrom)) await settle(iteration === steps);
    }
  } finally {
    release([state, memory]);
  }
}
