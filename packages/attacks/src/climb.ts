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
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Aim } from './aim';
import { type Rows, release, rowsOf, select } from './rows';

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

/** The part of a batch that is under attack: `places` in the ledger, and tensors of one row each, padded to two rows. */
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
 * Flags are read back after 1, 2, 4, 8, ... moves and the last, and then alone: who is broken leaves, and the others go on
 * as if nothing had happened, since no example sees another.
 *
 * @throws ModelError naming the step and the example where logits or gradients are not finite
 */
export async function climb<Memory extends Rows>(
  { who, f, aim, ledger, index, reins, progress }: Expedition,
  party: Party,
  start: Tensor4D,
  { steps, countsFrom, next }: Ascent<Memory>,
): Promise<void> {
  let places = [...party.places];
  let memory: Memory | undefined;
  let state: State = tidy(() => ({
    center: party.center.clone(),
    y: party.y.clone(),
    wanted: party.wanted.clone(),
    x: start.clone(),
    strongest: start.clone(),
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
    for (const place of places) {
      ledger.forwards[place]++;
      if (!isLast) ledger.backwards[place]++;
    }
    return check;
  };

  /** Reads the flags, lets go who has arrived, or everybody. */
  const settle = async (all: boolean) => {
    const flags = tidy(() => stack([state.score, state.trouble, state.zeroGradients]));
    const read = await flags.data();
    flags.dispose();
    const rows = state.x.shape[0];
    const [score, trouble, zeroGradients] = [0, 1, 2].map((i) => read.subarray(i * rows, (i + 1) * rows));
    places.forEach((place, row) => {
      if (trouble[row] === 0) return;
      const what = trouble[row] < 0 ? 'logits' : 'gradients';
      const when = `step ${Math.abs(trouble[row])} of ${steps + 1}`;
      throw new ModelError(
        who,
        `the classifier gave ${what} that are not finite at ${when}, for example ${index[place]}`,
      );
    });
    const leaves = (row: number) => all || score[row] < 0;
    const rest = places.flatMap((_, row) => (leaves(row) ? [] : [row]));
    if (rest.length === places.length) return;

    const better = places.flatMap((place, row) => (leaves(row) && score[row] < ledger.score[place] ? [row] : []));
    if (better.length > 0) await record(better, score);
    places.forEach((place, row) => {
      if (leaves(row)) ledger.zeroGradients[place] += zeroGradients[row];
    });
    if (rest.length > 0) keep(rest);
    places = rest.map((row) => places[row]);
  };

  const record = async (rows: number[], score: ArrayLike<number>) => {
    const { strongest } = rowsOf({ strongest: state.strongest }, rows);
    const images = await strongest.data();
    strongest.dispose();
    const length = ledger.images.length / ledger.score.length;
    rows.forEach((row, i) => {
      ledger.images.set(images.subarray(i * length, (i + 1) * length), places[row] * length);
      ledger.score[places[row]] = score[row];
    });
  };

  const keep = (rows: number[]) => {
    const kept = rowsOf(state, rows);
    const remembered = memory && rowsOf(memory, rows);
    release([state, memory]);
    [state, memory] = [kept, remembered];
  };

  try {
    for (let iteration = 0; iteration <= steps && places.length > 0; iteration++) {
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
