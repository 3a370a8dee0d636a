import { along, boxes } from './bands';
import { bySeverity } from './by-severity';
import { mapped, type Raster, rounded } from './raster';

/** Made smaller by box means, `floor(kept * side)` pixels a side, and larger again; in bytes, as Pillow does it. */
export const pixelate = bySeverity([0.95, 0.9, 0.85, 0.75, 0.65], [0.6, 0.5, 0.4, 0.3, 0.25], (image, kept) => {
  const { height, width } = image;
  const less = (side: number) => Math.max(1, Math.floor(side * kept));
  return resized(resized(mapped(image, rounded), less(height), less(width)), height, width);
});

function resized(image: Raster, height: number, width: number): Raster {
  const across = mapped(along('across', image, boxes(image.width, width)), rounded);
  return mapped(along('down', across, boxes(image.height, height)), rounded);
}
