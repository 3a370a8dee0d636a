import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Bounds,
  type Classifier,
  checkOptions,
  type ImageShape,
  integer,
  normal,
  norms,
  number,
  oneOf,
  perExample,
  type Rules,
  type RunOptions,
  runRules,
  signOf,
  uniform,
} from '@agoge/core';
import {
  abs,
  add,
  clipByValue,
  div,
  equal,
  fill,
  less,
  logicalAnd,
  maximum,
  mul,
  sub,
  type Tensor1D,
  type Tensor4D,
  tensor4d,
  where,
} from '@tensorflow/tfjs-core';
import { targetsAsJson } from './ball-options';
import { bisect, nearness, type Standing, standAt, tryImages, tryNoise } from './decision/boundary-phases';
import { checkStart, confineTo, type DecisionOptions, decisionRules, startRule } from './decision/decision-options';
import { checkIndex } from './index-of-examples';
import { inTurn, type Phase } from './query/phases';
import { asQueryValue, queryAttack } from './query/query-attack';
import { perImage, select } from './rows';

export interface HopSkipJumpAttackOptions extends DecisionOptions {
  /** What is made small. Default `l2`. */
  norm?: 'linf' | 'l2';
  /** Steps along the boundary. Default 64 (foolbox 3.3; the authors' code: 40, ART 1.20: 50). */
  steps?: number;
  /** Probes for the first direction; the t-th gets `sqrt(t)` times as many. Default 100 (the authors' code, foolbox 3.3). */
  firstProbes?: number;
  /** Probes for a direction at most. Default 10000 (the authors' code, foolbox 3.3). */
  mostProbes?: number;
  /**
   * How closely the boundary is found: to `gamma / d^1.5` of the way in l2 and `gamma / d^2` in linf, with `d` the values of an
   * image; probes are as much wider. Default 1 (the authors' code, foolbox 3.3).
   */
  gamma?: number;
  /** Step lengths tried, each half the one before. Default 10 (ours; the authors' code goes on until one fits). */
  lengths?: number;
}
export interface HopSkipJumpOptions extends HopSkipJumpAttackOptions, RunOptions {
  /** Images to start from, as `x`, instead of noise; an example whose image is not broken is given up. */
  start?: Tensor4D;
}

const attackRules: Rules = {
  ...decisionRules,
  norm: oneOf('linf', 'l2'),
  steps: integer({ min: 1 }),
  firstProbes: integer({ min: 1 }),
  mostProbes: integer({ min: 1 }),
  gamma: number({ above: 0 }),
  lengths: integer({ min: 1 }),
};

function resolved({
  norm = 'l2',
  eps,
  steps = 64,
  firstProbes = 100,
  mostProbes = 1e4,
  ...rest
}: HopSkipJumpAttackOptions) {
  const { gamma = 1, lengths = 10, tries = 100, targets } = rest;
  const radius = eps === undefined ? {} : { eps };
  return { norm, ...radius, steps, firstProbes, mostProbes, gamma, lengths, tries, ...targetsAsJson(targets) };
}

type Memory = Standing & {
  /** Sums over the probes of a step: of their moves, of their moves times 1 where broken and -1 where not, and of those. */
  moves: Tensor4D;
  votedMoves: Tensor4D;
  votes: Tensor1D;
  direction: Tensor4D;
  /** The step that is tried, and the image that the first that fits has led to. */
  length: Tensor1D;
  isLong: Tensor1D;
  to: Tensor4D;
};

const tiny = 1e-12;
const pixelsOf = (item: ImageShape) => item[0] * item[1] * item[2];

interface Terrain {
  norm: 'linf' | 'l2';
  item: ImageShape;
  bounds: Bounds;
  /** Size of the interval in which the boundary is known, as a part of the way. */
  theta: number;
  seed: number;
}

/** Estimates the direction in which images get more broken: the mean of probes around the boundary, each by its answer. */
function probe({ norm, item, bounds, theta, seed }: Terrain, step: number, queries: number): Phase<Memory> {
  const [low, high] = bounds;
  const pixels = pixelsOf(item);
  const width = (distance: Tensor1D): Tensor1D =>
    step === 0
      ? fill(distance.shape, 0.1 * (high - low))
      : mul(distance, theta * (norm === 'l2' ? Math.sqrt(pixels) : pixels));
  const distanceOf = (at: Tensor4D, center: Tensor4D) => norms[norm].size(sub(at, center));
  const draw: typeof uniform = norm === 'l2' ? normal : (key, n) => uniform(key, n, -1, 1);
  return {
    queries,
    draw(query, index) {
      const values = perExample(draw, { seed, stream: `hopSkipJump/${step}/${query}` }, index, pixels);
      return { direction: tensor4d(values, [index.length, ...item]) };
    },
    propose({ center, memory, noise }) {
      const direction = noise.direction as Tensor4D;
      const scale = div(width(distanceOf(memory.at, center)), maximum(norms.l2.size(direction), tiny));
      return clipByValue(add<Tensor4D>(memory.at, mul(direction, perImage(scale))), low, high);
    },
    learn({ center, memory, x, score, query }) {
      const distance = distanceOf(memory.at, center);
      const move = div<Tensor4D>(sub(x, memory.at), perImage(maximum(width(distance), tiny)));
      const vote = where(less(score, 0), 1, fill(score.shape, -1)) as Tensor1D;
      const voted = mul<Tensor4D>(move, perImage(vote));
      const isFirst = query === 0;
      const moves = isFirst ? move : add<Tensor4D>(memory.moves, move);
      const votedMoves = isFirst ? voted : add<Tensor4D>(memory.votedMoves, voted);
      const votes = isFirst ? vote : add<Tensor1D>(memory.votes, vote);
      const now = { ...memory, moves, votedMoves, votes };
      if (query < queries - 1) return now;
      const mean = div<Tensor1D>(votes, queries);
      // Where all answers are the same there is nothing to centre.
      const baseline = where(equal(abs(mean), 1), 0, mean);
      const gradient = sub<Tensor4D>(votedMoves, mul(moves, perImage(baseline)));
      return {
        ...now,
        direction: norm === 'linf' ? signOf(gradient) : norms.l2.steepest(gradient),
        length: div(distance, Math.sqrt(step + 1)),
        isLong: fill(distance.shape, 1),
        to: memory.at,
      };
    },
  };
}

/** Tries shorter and shorter steps until one stays broken; stays where none does. */
function stride([low, high]: Bounds, queries: number): Phase<Memory> {
  return {
    queries,
    propose: ({ memory }) =>
      clipByValue(add<Tensor4D>(memory.at, mul(memory.direction, perImage(memory.length))), low, high),
    learn({ memory, x, score, query }) {
      const fits = logicalAnd(less(score, 0), equal(memory.isLong, 1));
      const to = select(fits, x, memory.to);
      const isLong = where(fits, 0, memory.isLong) as Tensor1D;
      const now = { ...memory, to, isLong, length: mul<Tensor1D>(memory.length, 0.5) };
      return query < queries - 1 ? now : { ...now, at: to };
    },
  };
}

/**
 * HopSkipJump: from a broken image to near ones along the boundary, for models that tell labels alone.
 *
 * Each step finds the boundary on the way to the clean image by halving, estimates its normal from probes around it, and
 * leaps along that, `distance / sqrt(step)` far or half as far until the image stays broken. The number of queries of each
 * part is fixed ahead, so that nothing is read back on the way.
 *
 * Chen, Jordan and Wainwright, HopSkipJumpAttack: a query-efficient decision-based attack (IEEE S&P 2020).
 *
 * @param f a classifier, or a black box of any output
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`: the nearest broken image found. With the defaults about 37,000 forward passes,
 * no backward
 * @throws TypeError, RangeError, ShapeError for options and examples; ModelError for answers that are not finite; the
 * signal's reason
 * @example
 * const { distance } = await hopSkipJump(box, x, y, { steps: 10 });
 */
export async function hopSkipJump(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: HopSkipJumpOptions = {},
): Promise<AttackResult> {
  const who = 'hopSkipJump';
  checkOptions(who, options, { ...attackRules, start: startRule, ...runRules });
  const { start, seed = 0 } = options;
  checkStart(who, start, x);
  const { norm, eps, steps, firstProbes, mostProbes, gamma, lengths, tries, targets } = resolved(options);
  const [, ...item] = x.shape;
  const { bounds } = f;
  const pixels = pixelsOf(item);
  const theta = gamma / (norm === 'l2' ? pixels * Math.sqrt(pixels) : pixels ** 2);
  const terrain = { norm, item, bounds, theta, seed };
  // What float32 can tell apart ends the halving in any case.
  const toBoundary = bisect(norm, Math.min(24, Math.max(1, Math.ceil(Math.log2(1 / theta))))) as Phase<Memory>;
  const first = start
    ? tryImages(start, checkIndex(who, options.index, x.shape[0]))
    : tryNoise(tries, { who, item, bounds, seed });
  const search = inTurn<Memory>({
    begin(center) {
      const standing = standAt(center);
      const { at, low } = standing;
      return { ...standing, moves: at, votedMoves: at, votes: low, direction: at, length: low, isLong: low, to: at };
    },
    phases: [
      first as Phase<Memory>,
      toBoundary,
      ...Array.from({ length: steps }, (_, step) => [
        probe(terrain, step, Math.min(mostProbes, Math.floor(firstProbes * Math.sqrt(step + 1)))),
        stride(bounds, lengths),
        toBoundary,
      ]).flat(),
    ],
    patience: first.queries,
    worth: nearness(norm, eps ?? 0),
  });
  const plan = { needs: 'labels', loss: 'margin', targets, search, confine: confineTo(norm, eps) } as const;
  return queryAttack(who, f, x, y, plan, options);
}

/** {@link hopSkipJump} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function hopSkipJumpAttack(options: HopSkipJumpAttackOptions = {}): Attack {
  checkOptions('hopSkipJumpAttack', options, attackRules);
  const all = resolved(options);
  return asQueryValue({ name: 'hopSkipJump', needs: 'labels', norm: all.norm }, hopSkipJump, all);
}
