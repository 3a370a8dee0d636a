import type { Batches, ImageShape } from '@agoge/core';
import { digits, fromArrays, resize } from '@agoge/datasets';
import type { Digits, Opened } from './protocol';

const data = digits({ split: 'test' });
const size = 64;

/** All test images as they are. */
export async function allDigits(): Promise<Digits> {
  const x = new Float32Array(data.examples * size);
  await data.read(Uint32Array.from(data.labels.keys()), x);
  return { images: Array.from(data.labels, (_, i) => x.slice(i * size, (i + 1) * size)), labels: data.labels };
}

/**
 * The test digits as a classifier takes them: as they are in its own bounds, or resized (bilinear) for larger images.
 *
 * @throws Error for a classifier of other than ten classes
 */
export async function testData({
  shape,
  classes,
  bounds,
}: Pick<Opened, 'shape' | 'classes' | 'bounds'>): Promise<Batches> {
  if (classes !== data.classes) {
    throw new Error(`The test images are digits, of ${data.classes} classes; this classifier has ${classes}`);
  }
  const [low, high] = bounds;
  if (shape.join() === data.shape.join() && low === 0 && high === 1) return data;
  const { images, labels } = await allDigits();
  const x = Float32Array.from(
    images.flatMap((image) => Array.from(fitted(image, shape), (each) => low + each * (high - low))),
  );
  return fromArrays({ x, shape: [images.length, ...shape], y: labels, classes, bounds });
}

/** A digit in another size, its grey level in every channel. */
function fitted(image: Float32Array, [height, width, channels]: ImageShape): Float32Array {
  const bytes = Uint8Array.from(image, (each) => Math.round(each * 255));
  const { data: grey } = resize({ width: 8, height: 8, channels: 1, data: bytes }, width, height, 'bilinear');
  return Float32Array.from({ length: grey.length * channels }, (_, i) => grey[Math.floor(i / channels)] / 255);
}
