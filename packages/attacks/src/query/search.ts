import { type BlackBox, type Classifier, isBlackBox, ModelError, type Run, step } from '@agoge/core';
import {
  abs,
  equal,
  fill,
  isFinite as isFiniteTensor,
  less,
  logicalAnd,
  logicalNot,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Aim } from '../aim';
import { type Images, imagesAt, labelsAt, padded, type Rows, release, select } from '../rows';
import { ask } from './ask';
import { closeRanks, type Member, muster } from './members';

/** Where a search is when it asks. */
export interface Question<Memory extends Rows, Noise extends Rows> {
  /** The clean images. */
  center: Tensor4D;
  memory: Memory;
  noise: Noise;
  /** Number of the query, from 0. */
  query: number;
}

/** What it is told. */
export interface Answer<Memory extends Rows, Noise extends Rows> extends Question<Memory, Noise> {
  /** The images that were asked about. */
  x: Tensor4D;
  /** `[n]`: negative where they are broken. */
  score: Tensor1D;
  /** `[n]`: what is ascended. */
  loss: Tensor1D;
}

/**
 * How an attack that sees answers alone goes about it: a fixed number of queries, whose plan does not depend on the answers,
 * so that nothing is read back. All but `draw` are called within a tidy.
 */
export interface Search<Memory extends Rows = Rows, Noise extends Rows = Rows> {
  readonly queries: number;
  /** Who has found nothing after so many queries leaves. Default: nobody. */
  readonly patience?: number;
  /** What is remembered of each example. */
  begin(center: Tensor4D): Memory;
  /** Random numbers for a query, a row for each absolute example number; independent of all answers. */
  draw(query: number, index: Float64Array): Noise;
  propose(at: Question<Memory, Noise>): Tensor4D;
  learn(from: Answer<Memory, Noise>): Memory;
  /**
   * `[n]`: what the image is worth, the less the better: negative where the search is over, {@link worthless} where the image
   * does not count. Default: the score.
   */
  worth?(from: Answer<Memory, Noise>): Tensor1D;
}

/** Beyond any worth of an image. */
export const worthless = 1e38;

/** What is known of every example of an attack, in absolute order of the batch. */
interface Findings {
  /** The best images found. */
  readonly images: Float32Array;
  readonly worth: Float32Array;
  readonly forwards: Int32Array;
}

/** Whose search it is. */
export interface Inquiry {
  who: string;
  f: Classifier | BlackBox;
  aim: Aim;
  clean: Images;
  labels: Int32Array;
  /** Labels wanted, of an untargeted attack the labels again. */
  wanted: Int32Array;
  index: Float64Array;
  findings: Findings;
  reins: Pick<Run, 'signal' | 'onProgress'>;
}

type State = {
  center: Tensor4D;
  y: Tensor1D;
  wanted: Tensor1D;
  best: Tensor4D;
  worth: Tensor1D;
  /** Number of the first query whose answer was not finite; 0: none. */
  trouble: Tensor1D;
};

/** A classifier is read back after so many queries at the latest. */
const stretch = 64;

/**
 * Searches for some examples and writes the best images found to the findings.
 *
 * A classifier's answers are read back after 1, 2, 4, ... 64 queries, every 64 from there, and after the last; a black box's,
 * which come one by one and have their price, each time. Who is done leaves, and the others go on as if nothing had happened.
 *
 * @throws ModelError naming the query and the example where an answer is not finite
 */
export async function carryOut<Memory extends Rows, Noise extends Rows>(
  { who, f, aim, clean, labels, wanted, index, findings, reins }: Inquiry,
  places: readonly number[],
  search: Search<Memory, Noise>,
): Promise<void> {
  const { queries, patience = queries } = search;
  let members = muster(places);
  /** Absolute numbers of the examples of all rows. */
  const numbers = () => {
    const rows = new Map(members.map(({ place, row }) => [row, index[place]]));
    return Float64Array.from({ length: size }, (_, row) => rows.get(row) ?? index[members[0].place]);
  };
  let groups = tidy(() => {
    const batch = padded(places);
    const center = imagesAt(clean, batch);
    const state: State = {
      center,
      y: labelsAt(labels, batch),
      wanted: labelsAt(wanted, batch),
      best: zerosLike(center),
      worth: fill([batch.length], worthless) as Tensor1D,
      trouble: fill([batch.length], 0) as Tensor1D,
    };
    return { state, memory: search.begin(center) };
  });
  let size = groups.state.center.shape[0];
  let drawnFor = numbers();

  const advance = async (query: number) => {
    const { state, memory } = groups;
    const { center } = state;
    const asked = tidy(() => {
      const noise = search.draw(query, drawnFor);
      return { noise, of: { x: search.propose({ center, memory, noise, query }) } };
    });
    try {
      const live = isBlackBox(f) ? members.length : size;
      const scores = await ask(who, f, asked.of.x, live);
      const after = tidy(() => {
        const from = { center, memory, noise: asked.noise, query, x: asked.of.x };
        const { known, answer } = observe(aim, state, scores, from, search);
        return { state: known, memory: search.learn(answer) };
      });
      scores.dispose();
      release([state, memory], [after.state, after.memory]);
      groups = after;
    } finally {
      release([asked.noise, asked.of], [groups.memory, groups.state]);
    }
    for (const { place } of members) findings.forwards[place]++;
  };

  /** Lets go who is done, or everybody. */
  const settle = async (asked: number) => {
    const { state } = groups;
    const [worth, trouble] = await Promise.all([state.worth.data<'float32'>(), state.trouble.data<'float32'>()]);
    const troubled = members.find(({ row }) => trouble[row] > 0);
    if (troubled) {
      const when = `step ${trouble[troubled.row]} of ${queries}`;
      const whose = `for example ${index[troubled.place]}`;
      throw new ModelError(who, `the classifier gave logits that are not finite at ${when}, ${whose}`);
    }
    const leaves = ({ row }: Member) =>
      asked === queries || worth[row] < 0 || (asked >= patience && worth[row] === Math.fround(worthless));
    const leaving = members.filter(leaves);
    if (leaving.length === 0) return;
    await record(
      leaving.filter(({ row }) => worth[row] < Math.fround(worthless)),
      worth,
    );
    const left = members.filter((each) => !leaves(each));
    const before = groups;
    ({ members, groups } = closeRanks(left, groups, size, isBlackBox(f)));
    if (groups === before || members.length === 0) return;
    size = groups.state.center.shape[0];
    drawnFor = numbers();
    await step(reins);
  };

  const record = async (found: readonly Member[], worth: ArrayLike<number>) => {
    if (found.length === 0) return;
    const images = await groups.state.best.data();
    const length = findings.images.length / findings.worth.length;
    for (const { place, row } of found) {
      findings.images.set(images.subarray(row * length, (row + 1) * length), place * length);
      findings.worth[place] = worth[row];
    }
  };

  try {
    await step(reins);
    for (let asked = 1; asked <= queries && members.length > 0; asked++) {
      await advance(asked - 1);
      await step(reins, { done: asked, total: queries, note: who });
      const isPowerOfTwo = (asked & (asked - 1)) === 0;
      const isTime = asked < stretch ? isPowerOfTwo : asked % stretch === 0;
      if (isBlackBox(f) || isTime || asked === patience || asked === queries) await settle(asked);
    }
  } finally {
    release([groups.state, groups.memory]);
  }
}

/** What one answer adds to what is known: the best image so far, and trouble. */
function observe<Memory extends Rows, Noise extends Rows>(
  aim: Aim,
  state: State,
  scores: Tensor2D,
  question: Question<Memory, Noise> & { x: Tensor4D },
  { worth = ({ score }) => score }: Pick<Search<Memory, Noise>, 'worth'>,
): { known: State; answer: Answer<Memory, Noise> } {
  const { y, wanted } = state;
  const isBad = logicalAnd(equal(state.trouble, 0), logicalNot(isFiniteTensor(sum(abs(scores), 1))));
  const answer = { ...question, score: aim.score(scores, y, wanted), loss: aim.loss(scores, y, wanted) };
  const value = worth(answer);
  const better = less<Tensor1D>(value, state.worth);
  const known = {
    ...state,
    best: select(better, question.x, state.best),
    worth: select(better, value, state.worth),
    trouble: where(isBad, question.query + 1, state.trouble) as Tensor1D,
  };
  return { known, answer };
}
