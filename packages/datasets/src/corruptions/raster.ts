import type { ImageShape } from '@agoge/core';

/** One image in float64, values from 0 to 1, row by row with the channels innermost. */
export interface Raster {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** How far from a 255th a value may lie and still be taken for it: float32 keeps 255ths to 2e-5 levels. */
const slack = 1e-4;

/** A copy of an image; what is a 255th in float32 becomes that 255th in float64, so that rounding down keeps it. */
export function rasterOf(image: ArrayLike<number>, [height, width, channels]: ImageShape): Raster {
  const data = new Float64Array(image.length);
  for (let i = 0; i < data.length; i++) {
    const level = Math.round(image[i] * 255);
    data[i] = Math.abs(image[i] * 255 - level) < slack ? level / 255 : image[i];
  }
  return { data, height, width, channels };
}

/** The same size with each value changed. */
export const mapped = (raster: Raster, change: (value: number) => number): Raster => ({
  ...raster,
  data: raster.data.map(change),
});

/** From 0 to 1; NaN stays. */
export const clipped = (value: number): number => Math.min(1, Math.max(0, value));

/** The 255th below, as a cast to bytes gives it. */
export const floored = (value: number): number => Math.floor(clipped(value) * 255 + 1e-6) / 255;

/** The nearest 255th, a half up. */
export const rounded = (value: number): number => Math.floor(clipped(value) * 255 + 0.5 + 1e-6) / 255;

/** How an image goes on beyond its edge: `aa|ab`, `ba|ab` (half a pixel beyond), or `cb|abc` (at the last pixel). */
export type Edge = 'nearest' | 'reflect' | 'mirror';

/** Where in `0 .. n - 1` a place beyond the edge lies. */
export function inside(place: number, n: number, edge: Edge): number {
  if (place >= 0 && place < n) return place;
  if (edge === 'nearest') return place < 0 ? 0 : n - 1;
  if (n === 1) return 0;
  const period = edge === 'reflect' ? 2 * n : 2 * n - 2;
  const at = ((place % period) + period) % period;
  if (at < n) return at;
  return edge === 'reflect' ? period - 1 - at : period - at;
}
