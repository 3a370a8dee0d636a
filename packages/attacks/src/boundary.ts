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
} from '@agoge/core';
import {
  add,
  cast,
  clipByValue,
  div,
  fill,
  greater,
  less,
  logicalAnd,
  maximum,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
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

export interface BoundaryAttackOptions extends DecisionOptions {
  /** The norm that it has. */
  norm?: 'l2';
  /** Steps. Default 25000 (foolbox 3.3). */
  steps?: number;
  /** First step around the clean image, as a part of the distance to it. Default 0.01 (foolbox 3.3). */
  aroundStep?: number;
  /** First step towards the clean image, as a part of the distance to it. Default 0.01 (foolbox 3.3). */
  towardsStep?: number;
  /** By what the steps grow or shrink. Default 1.5 (foolbox 3.3). */
  adaptation?: number;
  /** Every so many steps the step around is asked about by itself, to adapt both. Default 10 (foolbox 3.3). */
  every?: number;
}
export interface BoundaryOptions extends BoundaryAttackOptions, RunOptions {
  /** Images to start from, as `x`, instead of noise; an example whose image is not broken is given up. */
  start?: Tensor4D;
}

const attackRules: Rules = {
  ...decisionRules,
  norm: oneOf('l2'),
  steps: integer({ min: 1 }),
  aroundStep: number({ above: 0 }),
  towardsStep: number({ above: 0 }),
  adaptation: number({ above: 1 }),
  every: integer({ min: 1 }),
};

function resolved({ eps, steps = 25_000, aroundStep = 0.01, towardsStep = 0.01, ...rest }: BoundaryAttackOptions) {
  const { adaptation = 1.5, every = 10, tries = 100, targets } = rest;
  const radius = eps === undefined ? {} : { eps };
  return {
    norm: 'l2' as const,
    ...radius,
    steps,
    aroundStep,
    towardsStep,
    adaptation,
    every,
    tries,
    ...targetsAsJson(targets),
  };
}

type Memory = Standing & {
  around: Tensor1D;
  towards: Tensor1D;
  /** How often the step around was asked about since it was last adapted, and how often it stayed broken. */
  aroundTried: Tensor1D;
  aroundBroken: Tensor1D;
  /** The same of the steps towards that followed one that stayed broken. */
  towardsTried: Tensor1D;
  towardsBroken: Tensor1D;
  /** 1 where the step around was asked about last and stayed broken. */
  follows: Tensor1D;
};

/** Of how many answers a share is taken, and beyond which shares steps grow or shrink (foolbox 3.3). */
const rules = { around: { answers: 100, more: 0.5, less: 0.2 }, towards: { answers: 30, more: 0.25, less: 0.1 } };
/** Halvings of the way to the first broken image. */
const halvings = 10;
const tiny = 1e-12;
const image = [1, 2, 3];

/** A step on the sphere around the clean image, in a direction of noise: where it leads, and the way on to the clean image. */
function stepAround(
  at: Tensor4D,
  center: Tensor4D,
  noise: Tensor4D,
  around: Tensor1D,
  [low, high]: Bounds,
): { sphere: Tensor4D; distance: Tensor1D } {
  const source = sub<Tensor4D>(center, at);
  const distance = norms.l2.size(source);
  const along = mul(source, div(sum(mul(noise, source), image, true), maximum(sum(square(source), image, true), tiny)));
  const across = sub<Tensor4D>(noise, along);
  const scale = div(mul(around, distance), maximum(norms.l2.size(across), tiny));
  const offset = sub(mul(across, perImage(scale)), source);
  const onSphere = div(offset, perImage(sqrt(add(square(around), 1))));
  return { sphere: clipByValue(add<Tensor4D>(center, onSphere), low, high), distance };
}

const isShare = (broken: Tensor, tried: Tensor, { answers, more, less: fewer }: (typeof rules)['around']) => {
  const isFull = greater(tried, answers - 0.5);
  const share = div(broken, answers);
  return {
    isFull,
    isMore: logicalAnd(isFull, greater(share, more)),
    isLess: logicalAnd(isFull, less(share, fewer)),
  };
};

/** One period: the step around by itself, then `every` steps, the first of them the same. */
function walk(
  { adaptation, every }: Pick<ReturnType<typeof resolved>, 'adaptation' | 'every'>,
  { item, bounds, seed }: { item: ImageShape; bounds: Bounds; seed: number },
  firstStep: number,
  steps: number,
): Phase<Memory> {
  const pixels = item[0] * item[1] * item[2];
  const candidate = ({
    center,
    memory,
    noise,
  }: {
    center: Tensor4D;
    memory: Memory;
    noise: Record<string, Tensor>;
  }) => {
    const { sphere, distance } = stepAround(memory.at, center, noise.direction as Tensor4D, memory.around, bounds);
    const way = sub<Tensor4D>(center, sphere);
    const left = norms.l2.size(way);
    const length = relu(sub(add(mul(memory.towards, distance), left), distance));
    const there = add<Tensor4D>(sphere, mul(way, perImage(div(length, maximum(left, tiny)))));
    return { sphere, there: clipByValue(there, ...bounds) as Tensor4D };
  };
  const adapted = (size: Tensor1D, isMore: Tensor, isLess: Tensor): Tensor1D =>
    where(isMore, mul(size, adaptation), where(isLess, div(size, adaptation), size)) as Tensor1D;
  return {
    queries: Math.min(every, steps) + 1,
    draw(query, index) {
      const stream = `boundary/${firstStep + Math.max(query - 1, 0)}`;
      const values = perExample(normal, { seed, stream }, index, pixels);
      return { direction: tensor4d(values, [index.length, ...item]) };
    },
    propose(question) {
      const { sphere, there } = candidate(question);
      return question.query === 0 ? sphere : there;
    },
    learn({ center, memory, x, score, query }) {
      const isBroken = less(score, 0);
      const broken = cast(isBroken, 'float32');
      if (query === 0) {
        const tried = add<Tensor1D>(memory.aroundTried, 1);
        const times = add<Tensor1D>(memory.aroundBroken, broken);
        return { ...memory, aroundTried: tried, aroundBroken: times, follows: broken as Tensor1D };
      }
      const isNearer = less(norms.l2.size(sub(x, center)), norms.l2.size(sub(memory.at, center)));
      const moved = { ...memory, at: select(logicalAnd(isBroken, isNearer), x, memory.at) };
      if (query > 1) return moved;
      const towardsTried = add<Tensor1D>(memory.towardsTried, memory.follows);
      const towardsBroken = add<Tensor1D>(memory.towardsBroken, mul(memory.follows, broken));
      const byAround = isShare(memory.aroundBroken, memory.aroundTried, rules.around);
      const byTowards = isShare(towardsBroken, towardsTried, rules.towards);
      const none = fill(score.shape, 0) as Tensor1D;
      return {
        ...moved,
        around: adapted(memory.around, byAround.isMore, byAround.isLess),
        towards: adapted(adapted(memory.towards, byAround.isMore, byAround.isLess), byTowards.isMore, byTowards.isLess),
        aroundTried: select(byAround.isFull, none, memory.aroundTried),
        aroundBroken: select(byAround.isFull, none, memory.aroundBroken),
        towardsTried: select(byTowards.isFull, none, towardsTried),
        towardsBroken: select(byTowards.isFull, none, towardsBroken),
      };
    },
  };
}

/**
 * The boundary attack: a random walk among broken images, towards the clean one, for models that tell labels alone. In l2.
 *
 * Each step goes around the clean image in a random direction, then towards it, and is made if the image is still broken and
 * nearer. How far follows the answers, as in foolbox, but that a share is of the last full 100 (30) answers, counted afresh
 * after each, and that nobody stops for small steps (foolbox: below 1e-7). {@link hopSkipJump} needs fewer queries.
 *
 * Brendel, Rauber and Bethge, Decision-based adversarial attacks (ICLR 2018).
 *
 * @param f a classifier, or a black box of any output
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`: the nearest broken image found. At most `tries + 12 + steps (1 + 1 / every)`
 * forward passes, no backward
 * @throws as {@link hopSkipJump}
 * @example
 * const { distance } = await boundary(box, x, y, { steps: 1000 });
 */
export async function boundary(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: BoundaryOptions = {},
): Promise<AttackResult> {
  const who = 'boundary';
  checkOptions(who, options, { ...attackRules, start: startRule, ...runRules });
  const { start, seed = 0 } = options;
  checkStart(who, start, x);
  const { norm, eps, steps, aroundStep, towardsStep, tries, targets, ...walking } = resolved(options);
  const [, ...item] = x.shape;
  const terrain = { item, bounds: f.bounds, seed };
  const first = start
    ? tryImages(start, checkIndex(who, options.index, x.shape[0]))
    : tryNoise(tries, { who, ...terrain });
  const periods = Math.ceil(steps / walking.every);
  const search = inTurn<Memory>({
    begin(center) {
      const standing = standAt(center);
      const [none, rows] = [standing.low, standing.low.shape];
      return {
        ...standing,
        ...{ around: fill(rows, aroundStep), towards: fill(rows, towardsStep), follows: none },
        ...{ aroundTried: none, aroundBroken: none, towardsTried: none, towardsBroken: none },
      };
    },
    phases: [
      first as Phase<Memory>,
      bisect(norm, halvings) as Phase<Memory>,
      ...Array.from({ length: periods }, (_, i) => {
        const from = i * walking.every;
        return walk(walking, terrain, from, steps - from);
      }),
    ],
    patience: first.queries,
    worth: nearness(norm, eps ?? 0),
  });
  const plan = { needs: 'labels', loss: 'margin', targets, search, confine: confineTo(norm, eps) } as const;
  return queryAttack(who, f, x, y, plan, options);
}

/** {@link boundary} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function boundaryAttack(options: BoundaryAttackOptions = {}): Attack {
  checkOptions('boundaryAttack', options, attackRules);
  return asQueryValue({ name: 'boundary', needs: 'labels', norm: 'l2' }, boundary, resolved(options));
}
