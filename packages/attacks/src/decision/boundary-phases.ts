import { type Bounds, type ImageShape, type NormName, norms, perExample, signOf, uniform } from '@agoge/core';
import {
  abs,
  add,
  equal,
  fill,
  gather,
  less,
  logicalAnd,
  mul,
  relu,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  where,
} from '@tensorflow/tfjs-core';
import type { Phase } from '../query/phases';
import { type Answer, worthless } from '../query/search';
import { perImage, type Rows, select } from '../rows';

/** Where an attack that sees labels alone stands: at a broken image, once it has found one. */
export type Standing = Rows & {
  at: Tensor4D;
  /** 1 once a broken image is found. */
  found: Tensor1D;
  /** Between which parts of the way from the clean image the boundary is. */
  low: Tensor1D;
  high: Tensor1D;
};

export function standAt(center: Tensor4D): Standing {
  const all = (value: number) => fill([center.shape[0]], value) as Tensor1D;
  return { at: center, found: all(0), low: all(0), high: all(1) };
}

/** Broken images are worth what they are nearer than others; the search is over within `eps`. */
export function nearness(norm: NormName, eps: number) {
  return ({ x, center, score }: Pick<Answer<Rows, Rows>, 'x' | 'center' | 'score'>): Tensor1D =>
    where(less(score, 0), sub(norms[norm].size(sub(x, center)), eps), worthless) as Tensor1D;
}

const keepFirst = ({ memory, x, score }: Answer<Standing, Rows>): Standing => {
  const isFirst = logicalAnd(less(score, 0), equal(memory.found, 0));
  return { ...memory, at: select(isFirst, x, memory.at), found: where(less(score, 0), 1, memory.found) as Tensor1D };
};

/** Looks for a broken image among images of uniform noise. */
export function tryNoise(
  queries: number,
  { who, item, bounds, seed }: { who: string; item: ImageShape; bounds: Bounds; seed: number },
): Phase<Standing> {
  const length = item.reduce((product, each) => product * each, 1);
  return {
    queries,
    draw(query, index) {
      const draw: typeof uniform = (key, n) => uniform(key, n, ...bounds);
      const values = perExample(draw, { seed, stream: `${who}/try/${query}` }, index, length);
      return { image: tensor4d(values, [index.length, ...item]) };
    },
    propose: ({ noise }) => noise.image as Tensor4D,
    learn: keepFirst,
  };
}

/** Begins at images that are given, in the order of `index`. */
export function tryImages(images: Tensor4D, index: Float64Array): Phase<Standing> {
  const places = new Map([...index].map((example, place) => [example, place]));
  return {
    queries: 1,
    draw(_, wanted) {
      const rows = Int32Array.from(wanted, (example) => places.get(example) ?? 0);
      return { image: gather(images, tensor1d(rows, 'int32')) };
    },
    propose: ({ noise }) => noise.image as Tensor4D,
    learn: keepFirst,
  };
}

/** A part of the way from the clean image, `[n]`: in linf the whole perturbation cut to that part of its size. */
export function partOfWay(norm: 'linf' | 'l2', center: Tensor4D, at: Tensor4D, part: Tensor): Tensor4D {
  const delta = sub<Tensor4D>(at, center);
  if (norm === 'l2') return add(center, mul(delta, perImage(part)));
  const limit = perImage(mul(norms.linf.size(delta), part));
  return add(center, sub(delta, mul(signOf(delta), relu(sub(abs(delta), limit)))));
}

/** Goes back towards the clean image as far as the image stays broken, by halving. */
export function bisect(norm: 'linf' | 'l2', queries: number): Phase<Standing> {
  const ends = (query: number, { low, high }: Standing): [Tensor1D, Tensor1D] =>
    query === 0 ? [fill(low.shape, 0), fill(high.shape, 1)] : [low, high];
  return {
    queries,
    propose({ center, memory, query }) {
      const [low, high] = ends(query, memory);
      return partOfWay(norm, center, memory.at, mul(add(low, high), 0.5));
    },
    learn({ center, memory, query, score }) {
      const [low, high] = ends(query, memory);
      const middle = mul<Tensor1D>(add(low, high), 0.5);
      const isBroken = less(score, 0);
      const now = { ...memory, low: select(isBroken, low, middle), high: select(isBroken, middle, high) };
      return query < queries - 1 ? now : { ...now, at: partOfWay(norm, center, memory.at, now.high) };
    },
  };
}
