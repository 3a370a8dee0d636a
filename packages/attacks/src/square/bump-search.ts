import { type Bounds, norms, perExample, uniform } from '@agoge/core';
import {
  abs,
  add,
  clipByValue,
  div,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { drawAhead } from '../query/draw-ahead';
import type { Search } from '../query/search';
import { bump } from './bumps';
import { beginAt, keepBetter, type SquareMemory, type SquareSearchOptions } from './corner-search';
import { maskOf, squaresAt } from './place';
import { shareAt, windowSide } from './schedule';

const tiny = 1e-12;
/** The part of eps that the projection in l1 leaves unused, against rounding. */
const spare = 1e-6;
/** Tiles of the first image along its shorter side. */
const tilesAcross = 5;

interface Kind {
  /** Size of a perturbation over some dimensions, kept. */
  size(delta: Tensor, over: number[]): Tensor;
  /** Size of a bump in each channel: its window's, and its share of what the perturbation is short of eps. */
  height(eps: number, image: Tensor, windows: Tensor, channels: number): Tensor;
  /** The image of a perturbation, within ball and box. */
  image(center: Tensor4D, delta: Tensor, eps: number, bounds: Bounds): Tensor4D;
}

const image = [1, 2, 3];
const plane = [1, 2];
const euclidean = (delta: Tensor, over: number[]) => sqrt(sum(square(delta), over, true));

const kinds: Record<'l2' | 'l1', Kind> = {
  l2: {
    size: euclidean,
    height: (eps, whole, windows, channels) =>
      sqrt(add(div(relu(sub(eps * eps, square(whole))), channels), square(windows))),
    image(center, delta, eps, [low, high]) {
      const scale = div(eps, add(euclidean(delta, image), tiny));
      return clipByValue(add<Tensor4D>(center, mul(delta, scale)), low, high);
    },
  },
  l1: {
    size: (delta, over) => sum(abs(delta), over, true),
    height: (eps, whole, windows, channels) => add(div(relu(sub(eps, whole)), channels), windows),
    image: (center, delta, eps, bounds) =>
      norms.l1.project(add<Tensor4D>(center, delta), center, eps * (1 - spare), bounds),
  },
};

type Numbers = Float32Array;
const isTurned = (u: number) => u > 0.5;
const signOf = (u: number) => (u < 0.5 ? -1 : 1);

/**
 * Square's search in l2 and l1: from a grid of bumps, what one window holds goes to a bump in another window, on top of what
 * is there, and all is brought to size eps again; it stays where the loss grows.
 */
export function bumpSearch(
  norm: 'l2' | 'l1',
  [height, width, channels]: readonly [number, number, number],
  { eps, bounds, queries, share, rescale, offset, seed }: SquareSearchOptions,
): Search<SquareMemory, Record<string, Tensor>> {
  const numbers = drawAhead(5 + channels, { seed, stream: `square/${norm}` });
  const kind = kinds[norm];
  return {
    queries: queries + 1,
    begin: beginAt,
    draw(query, index): Record<string, Tensor> {
      const n = index.length;
      if (query === 0) return { grid: gridOfBumps(norm, [height, width, channels], seed, index) };
      const side = windowSide(shareAt(query - 1, share, { queries, rescale }), height, width);
      const rowOf = numbers(query - 1, index);
      const drawn = Array.from(index, (_, row) => rowOf(row));
      const corner = (v: number, u: number) => [offset(v, height, side), offset(u, width, side)] as const;
      const gains = drawn.map(([v, u]) => corner(v, u));
      const [to, from] = [gains, drawn.map(([, , v, u]) => corner(v, u))].map((each) =>
        squaresAt(each, side, [height, width]),
      );
      const shapes = [false, true].map((turned) => bump(norm, side, turned));
      const bumps = new Float32Array(n * height * width);
      gains.forEach((at, row) => {
        place(bumps.subarray(row * height * width), shapes[Number(isTurned(drawn[row][4]))], side, at, width);
      });
      const sign = Float32Array.from(drawn.flatMap((each: Numbers) => [...each.subarray(5)].map(signOf)));
      return {
        ...{ rows: to.rows, columns: to.columns, fromRows: from.rows, fromColumns: from.columns },
        bumps: tensor4d(bumps, [n, height, width, 1]),
        signs: tensor4d(sign, [n, 1, 1, channels]),
      };
    },
    propose({ center, memory, noise, query }) {
      if (query === 0) return kind.image(center, noise.grid, eps, bounds);
      const delta = sub(memory.at, center);
      const to = maskOf({ rows: noise.rows, columns: noise.columns });
      const from = maskOf({ rows: noise.fromRows, columns: noise.fromColumns });
      const outside = mul(sub(1, to), sub(1, from));
      const there = mul(delta, to);
      const old = div(there, add(kind.size(there, plane), tiny));
      const fresh = add(mul(noise.bumps, noise.signs), old);
      const size = kind.size(mul(delta, sub(1, outside)), image);
      const tall = kind.height(eps, kind.size(delta, image), size, channels);
      const risen = mul(fresh, div(tall, add(kind.size(fresh, plane), tiny)));
      return kind.image(center, add(mul(delta, outside), risen), eps, bounds);
    },
    learn: keepBetter,
  };
}

/** Writes a square of values into one image of one channel. */
function place(
  into: Float32Array,
  values: Float32Array,
  side: number,
  [top, left]: readonly [number, number],
  width: number,
): void {
  for (let row = 0; row < side; row++) {
    into.set(values.subarray(row * side, (row + 1) * side), (top + row) * width + left);
  }
}

/** The first perturbation, not yet scaled: tiles of bumps, turned at random, of one sign in each channel. */
function gridOfBumps(
  norm: 'l2' | 'l1',
  [height, width, channels]: readonly [number, number, number],
  seed: number,
  index: Float64Array,
): Tensor4D {
  const side = Math.max(1, Math.floor(Math.min(height, width) / tilesAcross));
  const tiles = (length: number) => Math.floor(length / side);
  const first = (length: number) => Math.floor((length - side * tiles(length)) / 2);
  const shapes = [false, true].map((turned) => bump(norm, side, turned));
  const count = tiles(height) * tiles(width);
  const drawOf = (key: Parameters<typeof uniform>[0]) => {
    const numbers = uniform(key, count * (1 + channels));
    const item = new Float32Array(height * width * channels);
    for (let tile = 0; tile < count; tile++) {
      const [turned, ...sign] = numbers.subarray(tile * (1 + channels), (tile + 1) * (1 + channels));
      const values = shapes[Number(isTurned(turned))];
      const top = first(height) + Math.floor(tile / tiles(width)) * side;
      const left = first(width) + (tile % tiles(width)) * side;
      values.forEach((value, i) => {
        const at = ((top + Math.floor(i / side)) * width + left + (i % side)) * channels;
        for (let channel = 0; channel < channels; channel++) item[at + channel] = value * signOf(sign[channel]);
      });
    }
    return item;
  };
  const values = perExample(drawOf, { seed, stream: `square/${norm}/grid` }, index, height * width * channels);
  return tensor4d(values, [index.length, height, width, channels]);
}
