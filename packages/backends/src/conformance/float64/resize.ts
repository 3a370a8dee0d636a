import { flat, type LinearMap, placeOf, type Tap } from './linear-map';

type Images = readonly [n: number, height: number, width: number, channels: number];

/** How the pixels of two sizes lie over one another. */
export type Grid = 'corners aligned' | 'half-pixel centres' | 'top left';
export type Interpolation = 'bilinear' | 'nearest';

/**
 * Where output pixel i of `to` lies in an input of `from` pixels.
 *
 * Corners aligned: i (from - 1) / (to - 1), and 0 for a single pixel. Half-pixel centres: (i + 1/2) from / to - 1/2.
 * Top left: i from / to.
 */
export function sourceOf(i: number, from: number, to: number, grid: Grid): number {
  if (grid === 'half-pixel centres') return ((i + 0.5) * from) / to - 0.5;
  if (grid === 'top left' || to === 1) return (i * from) / to;
  return (i * (from - 1)) / (to - 1);
}

/** The pixels that answer for one axis: the nearest one, or the two around, at a border the border pixel. */
function along(i: number, from: number, to: number, grid: Grid, interpolation: Interpolation): Tap[] {
  const source = sourceOf(i, from, to, grid);
  if (interpolation === 'bilinear') return between(Math.min(Math.max(source, 0), from - 1));
  // Rounding half-pixel centres up to a tie is the floor of (i + 1/2) from / to, exact in float64.
  if (grid === 'half-pixel centres') return [[Math.min(Math.floor(((i + 0.5) * from) / to), from - 1), 1]];
  return [[Math.min(grid === 'top left' ? Math.floor(source) : Math.round(source), from - 1), 1]];
}

/** Linear interpolation at a point between the pixels around it. */
function between(point: number): Tap[] {
  const [floor, rest] = [Math.floor(point), point - Math.floor(point)];
  return rest === 0
    ? [[floor, 1]]
    : [
        [floor, 1 - rest],
        [floor + 1, rest],
      ];
}

/** The products of an image's rows and columns, for one channel. */
function pixels(rows: readonly Tap[], columns: readonly Tap[], at: (row: number, column: number) => number): Tap[] {
  return rows.flatMap(([row, a]) => columns.map(([column, b]): Tap => [at(row, column), a * b]));
}

/** Images resized, row by row and column by column. */
export function resized(input: Images, size: readonly number[], grid: Grid, interpolation: Interpolation): LinearMap {
  const [n, height, width, channels] = input;
  const shape = [n, size[0], size[1], channels];
  return {
    shape,
    taps(place) {
      const [image, i, j, c] = placeOf(place, shape);
      return pixels(
        along(i, height, size[0], grid, interpolation),
        along(j, width, size[1], grid, interpolation),
        (row, column) => flat([image, row, column, c], input),
      );
    },
  };
}

/** A box of an image, corners in units in which the image's are 0 and 1. */
export interface Box {
  image: number;
  corners: readonly [top: number, left: number, bottom: number, right: number];
}

/**
 * Boxes cut out of images and resized, corners aligned; what lies outside of the image is a constant.
 *
 * Pixel i of `to` lies at ((1 - t) top + t bottom) (height - 1), t = i / (to - 1), and in the middle for a single pixel.
 */
export function cropped(
  input: Images,
  boxes: readonly Box[],
  size: readonly number[],
  interpolation: Interpolation,
  outside: number,
): LinearMap {
  const [, height, width, channels] = input;
  const shape = [boxes.length, size[0], size[1], channels];
  const axis = (i: number, to: number, start: number, end: number, length: number): Tap[] => {
    const t = to > 1 ? i / (to - 1) : 0.5;
    const point = (start + t * (end - start)) * (length - 1);
    if (point < 0 || point > length - 1) return [];
    return interpolation === 'bilinear' ? between(point) : [[Math.round(point), 1]];
  };
  return {
    shape,
    taps(place) {
      const [which, i, j, c] = placeOf(place, shape);
      const { image, corners } = boxes[which];
      const [top, left, bottom, right] = corners;
      return pixels(axis(i, size[0], top, bottom, height), axis(j, size[1], left, right, width), (row, column) =>
        flat([image, row, column, c], input),
      );
    },
    fill: () => outside,
  };
}
