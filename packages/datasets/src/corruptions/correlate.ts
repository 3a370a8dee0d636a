import { type Edge, inside, type Raster } from './raster';

/** A weight and how far from the pixel, down and right, what it weighs lies. */
export interface Tap {
  readonly down: number;
  readonly right: number;
  readonly weight: number;
}

/** `out[r, c] = sum over taps of weight * in[r + down, c + right]`, each channel by itself. */
export function correlate({ data, height, width, channels }: Raster, taps: readonly Tap[], edge: Edge): Raster {
  const reach = taps.reduce((most, { right }) => Math.max(most, Math.abs(right)), 0);
  const line = width * channels;
  const padded = (width + 2 * reach) * channels;
  const wide = new Float64Array(height * padded);
  for (let column = -reach; column < width + reach; column++) {
    const from = inside(column, width, edge) * channels;
    const to = (column + reach) * channels;
    for (let row = 0; row < height; row++) {
      for (let c = 0; c < channels; c++) wide[row * padded + to + c] = data[row * line + from + c];
    }
  }
  const out = new Float64Array(data.length);
  for (const { down, right, weight } of taps) {
    for (let row = 0; row < height; row++) {
      const from = inside(row + down, height, edge) * padded + (reach + right) * channels;
      for (let j = 0; j < line; j++) out[row * line + j] += weight * wide[from + j];
    }
  }
  return { data: out, height, width, channels };
}
