import { flat, type LinearMap, placeOf, type Tap } from './linear-map';
import type { Interpolation } from './resize';

type Images = readonly [n: number, height: number, width: number, channels: number];

/** Pixels outside: a constant, the border's, mirrored at the border (dcba|abcd|dcba), or the image again (abcd|abcd|abcd). */
export type Outside = 'constant' | 'nearest' | 'reflect' | 'wrap';

/** The point of the input (x to the right, y down) that an output pixel shows. */
export type Point = (x: number, y: number, image: number) => readonly [x: number, y: number];

/** Images seen through a map of points, those outside by their rule. */
export function warped(
  input: Images,
  [height, width]: readonly number[],
  point: Point,
  interpolation: Interpolation,
  outside: Outside,
  fill: (channel: number) => number = () => 0,
): LinearMap {
  const shape = [input[0], height, width, input[3]];
  return {
    shape,
    taps(at) {
      const [image, row, column, c] = placeOf(at, shape);
      const [x, y] = point(column, row, image);
      return around(y, interpolation).flatMap(([i, a]) =>
        around(x, interpolation).flatMap(([j, b]): Tap[] => {
          const [inRow, inColumn] = [inside(i, input[1], outside), inside(j, input[2], outside)];
          return inRow < 0 || inColumn < 0 ? [] : [[flat([image, inRow, inColumn, c], input), a * b]];
        }),
      );
    },
    fill: (at) => fill(at % input[3]),
  };
}

function around(point: number, interpolation: Interpolation): Tap[] {
  if (interpolation === 'nearest') return [[Math.round(point), 1]];
  const [floor, rest] = [Math.floor(point), point - Math.floor(point)];
  return rest === 0
    ? [[floor, 1]]
    : [
        [floor, 1 - rest],
        [floor + 1, rest],
      ];
}

/** The pixel that stands for number i of an axis, or -1 for the constant. */
function inside(i: number, size: number, outside: Outside): number {
  const modulo = (value: number, period: number) => ((value % period) + period) % period;
  if (i >= 0 && i < size) return i;
  if (outside === 'constant') return -1;
  if (outside === 'nearest') return i < 0 ? 0 : size - 1;
  if (outside === 'wrap') return modulo(i, size);
  const mirrored = modulo(i, 2 * size);
  return Math.min(mirrored, 2 * size - 1 - mirrored);
}

/** The eight numbers of a projective map: x' = (a0 x + a1 y + a2) / k, y' = (b0 x + b1 y + b2) / k, k = c0 x + c1 y + 1. */
export type Projection = readonly [number, number, number, number, number, number, number, number];

export function projected([a0, a1, a2, b0, b1, b2, c0, c1]: Projection, x: number, y: number): [number, number] {
  const k = c0 * x + c1 * y + 1;
  return [(a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k];
}

/** Rotation about a point: what output pixel (x, y) shows lies `radians` clockwise of it, with y pointing down. */
export function rotated(radians: number, middleX: number, middleY: number): Point {
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return (x, y) => [
    (x - middleX) * cos - (y - middleY) * sin + middleX,
    (x - middleX) * sin + (y - middleY) * cos + middleY,
  ];
}
