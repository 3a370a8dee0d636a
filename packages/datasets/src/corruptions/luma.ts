import type { Raster } from './raster';

/** The grey of each pixel, `0.299 R + 0.587 G + 0.114 B`; of one channel, itself. */
export function luma({ data, height, width, channels }: Raster): Float64Array {
  if (channels === 1) return data;
  return Float64Array.from({ length: height * width }, (_, i) => {
    return 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2];
  });
}
