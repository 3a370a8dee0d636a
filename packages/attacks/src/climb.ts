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
import type { Aim } from './aim';
import { batchSize, type Rows, release, rowsOf, select } from './rows';

/** What an ascent sees of where it is. */
interface Sight {
  x: Tensor4D;
  /** The clean images. */
  center: Tensor4D;
  /** `[n]`: what is ascended. */
  loss: Tensor1D;
  gradient: Tensor4D;
}

/** How a gradient attack moves, from what it sees and what it remembers. Called within a tidy; all without reading back. */
export interface Ascent<Memory extends Rows = Rows> {
  /** Number of moves. */
  readonly steps: number;
  /** The first iterate that counts; those before may lie outside the ball. */
  readonly countsFrom: number;
  next(at: Sight, memory: Memory | undefined, iteration: number): { x: Tensor4D; memory: Memory };
}

/** What is known of every example of an attack, in absolute order of the batch. */
export interface Ledger {
  /** The strongest images found. */
  readonly images: Float32Array;
  /** Their scores: negative where broken. */
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

/** What one evaluation adds to what is known: the strongest image so far, trouble, gradients of 0. */
function observe(
  aim: Aim,
  state: State,
  logits: Tensor2D,
  gradient: Tensor4D | undefined,
  at: number,
  counts: boolean,
) {
  const slope = gradient && sum(abs(gradient), [1, 2, 3]);
  const bad = (size: Tensor, code: number, before: Tensor) =>
    where(logicalAnd(equal(before, 0), logicalNot(isFiniteTensor(size))), code, before) as Tensor1D;
  const afterLogits = bad(sum(abs(logits), 1), -(at + 1), state.trouble);
  const trouble = slope ? bad(slope, at + 1, afterLogits) : afterLogits;
  const zeroGradients = slope
    ? add<Tensor1D>(state.zeroGradients, cast(equal(slope, 0), 'float32'))
    : state.zeroGradients;
  if (!counts) return { trouble, zeroGradients };
  const score = aim.score(logits, state.y, state.wanted);
  const better = less<Tensor1D>(score, state.score);
  return {
    trouble,
    zeroGradients,
    score: select(better, score, state.score),
    strongest: select(better, state.x, state.strongest),
  };
}

/**
 * Lets a party climb from `start` and writes the strongest images found to the ledger, better ones than it holds already.
 *
 * Scores are read back after 1, 2, 4, 8, ... moves and the last, and then alone: who is broken leaves, and the others go on
 * as if nothing had happened, since no example sees another; in a smaller batch once they fit in one. What starts or regroups
 * is flushed, so that a backend that compiles whole steps finds the same ones again.
 *
 * @throws ModelError naming the step and the example where logits or gradients are not finite
 */
export async function climb<Memory extends Rows>(
  { who, f, aim, ledger, index, reins, progress }: Expedition,
  party: Party,
  start: Tensor4D,
  { steps, countsFrom, next }: Ascent<Memory>,
): Promise<void> {
  let climbers: Climber[] = party.places.map((place, row) => ({ place, row }));
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

  /** Makes one evaluation and one move; gives the check of the kernels that the gradient rests on. */
  const advance = (iteration: number) => {
    const { center, y, wanted, x } = state;
    const isLast = iteration === steps;
    let check = async () => {};
    const after = tidy(() => {
      const seen = isLast ? undefined : lossAndGradient(f, x, (logits) => aim.loss(logits, y, wanted));
      if (seen) check = seen.check;
      const known = observe(aim, state, seen?.logits ?? f(x), seen?.gradient, iteration, iteration >= countsFrom);
      const gone = seen && next({ x, center, ...seen }, memory, iteration);
      return { state: { ...state, ...known, x: gone?.x ?? x } as State, memory: gone?.memory };
    });
    release([state, memory], [after.state, after.memory]);
    ({ state, memory } = after);
    for (const { place } of climbers) {
      ledger.forwards[place]++;
      if (!isLast) ledger.backwards[place]++;
    }
    return check;
  };

  /** Lets go who has arrived, or everybody. */
  const settle = async (all: boolean) => {
    const known = [state.score, state.trouble, state.zeroGradients].map((each) => each.data<'float32'>());
    const [score, trouble, zeroGradients] = await Promise.all(known);
    for (const { place, row } of climbers) {
      if (trouble[row] === 0) continue;
      const what = trouble[row] < 0 ? 'logits' : 'gradients';
      const when = `step ${Math.abs(trouble[row])} of ${steps + 1}`;
      throw new ModelError(
        who,
        `the classifier gave ${what} that are not finite at ${when}, for example ${index[place]}`,
      );
    }
    const leaves = ({ row }: Climber) => all || score[row] < 0;
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
