import type { RandomKey } from '@agoge/core';
import type { Raster } from './raster';

/** Spoils an image; severities are 1 to 5. The noise is the key's; what is given stays as it is. */
export type Corruptor = (image: Raster, severity: number, key: RandomKey) => Raster;

/** Images whose shorter side is no longer than this take the figures of CIFAR-10-C. */
const smallSide = 64;

/**
 * A corruption of its strength at each severity, as the authors' `make_cifar_c.py` (32 x 32) and `make_imagenet_c.py`
 * (224 x 224) have them.
 *
 * The shorter side chooses the table, CIFAR-10-C's up to 64 pixels, and `scale` is that side over 32 or 224: what is a length
 * in pixels is multiplied by it, so that the two sizes that the tables are for get them unchanged.
 */
export function bySeverity<Level>(
  cifar10C: readonly Level[],
  imagenetC: readonly Level[],
  apply: (image: Raster, level: Level, scale: number, key: RandomKey) => Raster,
): Corruptor {
  return (image, severity, key) => {
    const side = Math.min(image.height, image.width);
    const [levels, scale] = side <= smallSide ? [cifar10C, side / 32] : [imagenetC, side / 224];
    return apply(image, levels[severity - 1], scale, key);
  };
}
