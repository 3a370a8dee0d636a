import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkOptions,
  type ImageShape,
  integer,
  normal,
  number,
  perExample,
  type Rules,
  type RunOptions,
  runRules,
  uniform,
  words,
} from '@agoge/core';
import {
  add,
  cast,
  clipByValue,
  equal,
  expandDims,
  fill,
  floor,
  greater,
  logicalAnd,
  mul,
  range,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  tensor3d,
  where,
} from '@tensorflow/tfjs-core';
import { type LossName, type Targets, targetsRule } from './aim';
import { ballRules, targetsAsJson } from './ball-options';
import { sizeOf } from './inside-ball';
import { asQueryValue, queryAttack } from './query/query-attack';
import type { Search } from './query/search';
import type { Rows } from './rows';

export interface OnePixelAttackOptions {
  /** Pixels changed, all channels of each. Default 1 (torchattacks 3.5). */
  pixels?: number;
  /** Rounds of the evolution. Default 100 (the authors' notebook). */
  generations?: number;
  /** Candidates of a generation, 4 at least. Default 400 (one-pixel-attack-keras; the authors' notebook: 15 for each gene). */
  population?: number;
  /** Weight of the difference that a candidate is moved by. Default 0.5 (the paper as one-pixel-attack-keras tells it). */
  weight?: number;
  /**
   * What is ascended: the logit margin (default), cross entropy, or the difference of logits ratio. Those who went before take
   * the label's probability, which float32 rounds to 1 where a model is sure.
   */
  loss?: LossName;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}
export interface OnePixelOptions extends OnePixelAttackOptions, RunOptions {}

const attackRules: Rules = {
  pixels: integer({ min: 1 }),
  generations: integer({ min: 1 }),
  population: integer({ min: 4 }),
  weight: number({ above: 0, max: 2 }),
  loss: ballRules.loss,
  targets: targetsRule,
};

function resolved({ pixels = 1, generations = 100, population = 400, ...rest }: OnePixelAttackOptions) {
  const { weight = 0.5, loss = 'margin', targets } = rest;
  return { pixels, generations, population, weight, loss, ...targetsAsJson(targets) };
}

/** Candidates `[n, population, genes]`, and what each is worth `[n, population]`. */
type Memory = Rows & { candidates: Tensor3D; loss: Tensor2D; candidate: Tensor2D };

/** Genes of a pixel: row and column as parts of the image, then its channels as parts of the range. */
const genesOf = (item: ImageShape, pixels: number) => pixels * (2 + item[2]);

/** Differential evolution of pixels: places and values. */
function evolution(
  item: ImageShape,
  [low, high]: Classifier['bounds'],
  { pixels, generations, population, weight }: ReturnType<typeof resolved>,
  seed: number,
): Search<Memory> {
  const genes = genesOf(item, pixels);
  const perPixel = genes / pixels;
  const [height, width, channels] = item;
  const flag = (each: Tensor) => cast(each, 'float32');

  /** Puts each pixel of a candidate `[n, genes]` into the image. */
  const painted = (center: Tensor4D, candidate: Tensor2D): Tensor4D => {
    const n = center.shape[0];
    let x = center;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const gene = (at: number, length: number) => slice(candidate, [0, pixel * perPixel + at], [n, length]);
      // A part of 1 is the last row or column.
      const place = (at: number, length: number) => floor(mul(clipByValue(gene(at, 1), 0, 1 - 2 ** -20), length));
      const row = reshape(flag(equal(place(0, height), expandDims(range(0, height), 0))), [n, height, 1, 1]);
      const column = reshape(flag(equal(place(1, width), expandDims(range(0, width), 0))), [n, 1, width, 1]);
      const value = add(mul(reshape(clipByValue(gene(2, channels), 0, 1), [n, 1, 1, channels]), high - low), low);
      const mask = mul(row, column);
      x = add(mul(value, mask), mul(x, sub(1, mask)));
    }
    return x;
  };

  /** The first candidates: uniform places, values normal about the middle of the range (the paper: N(128, 127) of 255). */
  const first = (index: Float64Array, of: number) => {
    const stream = `onePixel/first/${of}`;
    const values = perExample(uniform, { seed, stream }, index, genes);
    const colours = perExample(normal, { seed, stream: `${stream}/values` }, index, genes);
    return tensor2d(
      values.map((each, i) => (i % perPixel < 2 ? each : 0.5 + 0.5 * colours[i])),
      [index.length, genes],
    );
  };

  /** Weights that make a child of three candidates other than the one it competes with. */
  const parents = (index: Float64Array, query: number) => {
    const mine = query % population;
    const weights = new Float32Array(index.length * population);
    index.forEach((example, row) => {
      const drawn = words({ seed, index: example, stream: `onePixel/parents/${query}` }, 3);
      const taken = [mine];
      for (const [place, scale] of [1, weight, -weight].entries()) {
        // One of those that are left, in order.
        let chosen = drawn[place] % (population - taken.length);
        for (const each of [...taken].sort((a, b) => a - b)) if (chosen >= each) chosen++;
        taken.push(chosen);
        weights[row * population + chosen] = scale;
      }
    });
    return tensor3d(weights, [index.length, population, 1]);
  };

  return {
    queries: population * (generations + 1),
    begin: ({ shape: [n] }) => ({
      candidates: fill([n, population, genes], 0) as Tensor3D,
      loss: fill([n, population], 0) as Tensor2D,
      candidate: fill([n, genes], 0) as Tensor2D,
    }),
    draw(query, index): Rows {
      const slot = Float32Array.from({ length: population }, (_, i) => Number(i === query % population));
      const common = { slot: tensor2d(slot, [1, population]) };
      if (query < population) return { ...common, candidate: first(index, query) };
      return { ...common, parents: parents(index, query) };
    },
    propose: ({ center, memory, noise }) => painted(center, candidateOf(memory, noise)),
    learn({ memory, noise, loss, query }) {
      const candidate = candidateOf(memory, noise);
      const isSlot = greater(noise.slot, 0.5);
      const isFirst = query < population;
      const better = isFirst ? isSlot : logicalAnd(isSlot, greater(expandDims(loss, 1), memory.loss));
      return {
        candidates: where(expandDims(better, 2), expandDims(candidate, 1), memory.candidates) as Tensor3D,
        loss: where(better, expandDims(loss, 1), memory.loss) as Tensor2D,
        candidate,
      };
    },
  };
}

function candidateOf({ candidates }: Memory, noise: Rows): Tensor2D {
  return noise.candidate ? (noise.candidate as Tensor2D) : (sum(mul(candidates, noise.parents), 1) as Tensor2D);
}

/**
 * The one pixel attack: differential evolution of the place and the value of one pixel, or of a few.
 *
 * A child is `a + weight (b - c)` of three candidates drawn at random, and takes the place of the one it is compared with
 * where its loss is higher; what lies outside the image or the bounds is drawn to the edge.
 *
 * Su, Vargas and Sakurai, One pixel attack for fooling deep neural networks (IEEE TEVC 2019).
 *
 * @param f a classifier, or a black box that tells logits or probabilities
 * @param x images `[n, height, width, channels]` within its bounds
 * @param y labels `[n]`
 * @returns per example; the caller owns `x`; `distance` is the number of values changed, as in l0 everywhere here: of a pixel as
 * many as there are channels, or fewer. At most `population x (generations + 1) + 2` forward passes, no backward
 * @throws as {@link square}
 * @example
 * const { broken } = await onePixel(f, x, y, { pixels: 3, population: 100 });
 */
export async function onePixel(
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: OnePixelOptions = {},
): Promise<AttackResult> {
  checkOptions('onePixel', options, { ...attackRules, ...runRules });
  const all = resolved(options);
  const { loss, targets } = all;
  const [, ...item] = x.shape;
  const search = evolution(item, f.bounds, all, options.seed ?? 0);
  const confine = (found: Float32Array, center: Float32Array) => sizeOf('l0', found, center);
  return queryAttack('onePixel', f, x, y, { needs: 'scores', loss, targets, search, confine }, options);
}

/** {@link onePixel} as a value: `options` holds all defaults, as JSON, and makes the same attack again. */
export function onePixelAttack(options: OnePixelAttackOptions = {}): Attack {
  checkOptions('onePixelAttack', options, attackRules);
  return asQueryValue({ name: 'onePixel', needs: 'scores', norm: 'l0' }, onePixel, resolved(options));
}
