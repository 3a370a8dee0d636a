import { canonicalJson, checkOptions, integer, normal, number, oneOf, uniform } from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { type Dataset, dataset } from '../dataset';
import { shapeKinds } from './shape-kinds';

export interface ShapesOptions {
  /** How many images; default 1,000. */
  examples?: number;
  /** Height and width, from 8 on; default 32. */
  size?: number;
  /** 1 or 3; default 3. */
  channels?: number;
  /** From 2 to 10: the first of disc, square, triangle, cross, ring, star, frame, bar, crescent and half disc; default 6. */
  classes?: number;
  /** Key of all that is drawn; default 0. */
  seed?: number;
  /** Standard deviation of the noise of a pixel; default 0.05. */
  noise?: number;
  /** Images of one part are not in the other; default `train`. */
  split?: 'train' | 'test';
}

const names = Object.keys(shapeKinds);
/** Points of a pixel, along each side, at which is asked whether the shape covers it. */
const points = 3;

/**
 * Rendered shapes, for tests and trials without data: any number, any size, drawn when they are read.
 *
 * Image `n` shows shape `n mod classes` at a random place, of a radius from 0.22 to 0.42 of the image, turned by any angle,
 * brighter or darker than its ground in each channel, both crossed by faint waves, under noise. So no pixel says anything
 * by itself: a linear classifier stays near chance where a small convolutional network learns the shapes. Every number is
 * drawn by (seed, part, n), and pixels are 255ths, as if they came from files. `hash` is the SHA-256 of the options.
 *
 * @example
 * const training = shapes({ examples: 5000, size: 16, channels: 1 });
 * console.log(training.examples, training.shape); // 5000 [ 16, 16, 1 ]
 */
export function shapes(options: ShapesOptions = {}): Dataset {
  checkOptions('shapes', options, {
    examples: integer({ min: 1, max: 2 ** 31 }),
    size: integer({ min: 8, max: 4096 }),
    channels: oneOf(1, 3),
    classes: integer({ min: 2, max: names.length }),
    seed: integer({ min: 0 }),
    noise: number({ min: 0, max: 1 }),
    split: oneOf('train', 'test'),
  });
  const { examples = 1000, size = 32, channels = 3, classes = 6, seed = 0, noise = 0.05, split = 'train' } = options;
  const all = { examples, size, channels, classes, seed, noise, split };
  const length = size * size * channels;
  return dataset({
    shape: [size, size, channels],
    classes,
    bounds: [0, 1],
    labels: Int32Array.from({ length: examples }, (_, n) => n % classes),
    hash: hashOf(canonicalJson({ shapes: all, version: 1 })),
    read(rows, out) {
      rows.forEach((index, i) => {
        draw(all, index, out.subarray(i * length, (i + 1) * length));
      });
    },
  });
}

/** Draws one image. */
function draw(options: Required<ShapesOptions>, index: number, out: Float32Array): void {
  const { size, channels, classes, seed, noise, split } = options;
  const key = { seed, index, stream: `shapes/${split}` };
  const grain = noise > 0 ? normal({ ...key, stream: `${key.stream}/noise` }, out.length) : undefined;
  const [place, down, right, turn, ...rest] = uniform(key, 12 + 2 * channels);
  const radius = size * (0.22 + 0.2 * place);
  const [centreRow, centreColumn] = [down, right].map((at) => radius + at * (size - 2 * radius));
  const inside = shapeKinds[names[index % classes]];
  const covered = coverage(inside, size, centreRow, centreColumn, radius, 2 * Math.PI * turn);
  const waves = [rest.slice(0, 4), rest.slice(4, 8)].map((drawn) => wave(drawn, size));
  const ground = rest.slice(8, 8 + channels).map((level) => 0.1 + 0.8 * level);
  const figure = ground.map((level, c) => {
    const step = 0.25 + 0.25 * rest[8 + channels + c];
    return level < 0.5 ? level + step : level - step;
  });
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const share = covered[row * size + column];
      const texture = waves[0](row, column) * (1 - share) + waves[1](row, column) * share;
      for (let c = 0; c < channels; c++, at++) {
        const level = ground[c] * (1 - share) + figure[c] * share + texture + noise * (grain?.[at] ?? 0);
        out[at] = Math.round(255 * Math.min(1, Math.max(0, level))) / 255;
      }
    }
  }
}

/** What share of each pixel a shape covers. */
function coverage(
  inside: (u: number, v: number) => boolean,
  size: number,
  centreRow: number,
  centreColumn: number,
  radius: number,
  angle: number,
): Float32Array {
  const share = new Float32Array(size * size);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const reach = (centre: number) => [
    Math.max(0, Math.floor(centre - radius)),
    Math.min(size, Math.ceil(centre + radius)),
  ];
  const [[top, bottom], [left, end]] = [reach(centreRow), reach(centreColumn)];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < end; column++) {
      let hits = 0;
      for (let point = 0; point < points * points; point++) {
        const y = row + (Math.floor(point / points) + 0.5) / points - centreRow;
        const x = column + ((point % points) + 0.5) / points - centreColumn;
        if (inside(cos * x + sin * y, cos * y - sin * x)) hits++;
      }
      share[row * size + column] = hits / (points * points);
    }
  }
  return share;
}

/** A faint wave in some direction, of one to four periods over the image. */
function wave([strength, direction, periods, phase]: number[], size: number) {
  const [frequency, angle] = [(2 * Math.PI * (1 + 3 * periods)) / size, 2 * Math.PI * direction];
  const [perRow, perColumn] = [frequency * Math.sin(angle), frequency * Math.cos(angle)];
  return (row: number, column: number) =>
    0.1 * strength * Math.sin(perRow * row + perColumn * column + 2 * Math.PI * phase);
}
