import { type Bounds, type NormName, normal, norms, perExample, uniform } from '@agoge/core';
import { add, clipByValue, div, maximum, mul, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { perImage } from '../rows';

const tiny = 1e-12;

/**
 * APGD's random start: in linf and l2 noise (uniform, normal) made exactly `eps` long, then cut to the box; in l1 normal
 * noise projected onto ball and box.
 *
 * @param key of the noise
 * @returns images, as `center`
 */
export function randomStart(
  center: Tensor4D,
  norm: NormName,
  eps: number,
  bounds: Bounds,
  { seed, index, stream }: { seed: number; index: Float64Array; stream: string },
): Tensor4D {
  const length = center.size / center.shape[0];
  const draw: typeof normal = norm === 'linf' ? (key, n) => uniform(key, n, -1, 1) : normal;
  return tidy(() => {
    const noise = tensor4d(perExample(draw, { seed, stream }, index, length), center.shape);
    if (norm === 'l1') return norms.l1.project(add<Tensor4D>(center, noise), center, eps, bounds);
    const scale = perImage(div(eps, maximum(norms[norm].size(noise), tiny)));
    return clipByValue(add<Tensor4D>(center, mul(noise, scale)), bounds[0], bounds[1]);
  });
}
