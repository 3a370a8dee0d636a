import { ShapeError, words } from '@agoge/core';
import type { Image } from '../pictures/image';
import type { Augment } from '../views/augment';
import { type ImageOperationName, imageOperations } from './image-operations';
import { magnitudeOf } from './magnitudes';

/** One operation as it was drawn for an image. */
export interface Step {
  readonly name: ImageOperationName;
  /** Where on the operation's scale, from 0 to 1. */
  readonly share: number;
  readonly isNegative: boolean;
}

/**
 * An augmentation by steps that are drawn for each image.
 *
 * @param who names the noise, before the epoch, and errors
 * @param count random words that `plan` needs
 */
export function onBytes(who: string, count: number, plan: (draws: Uint32Array) => readonly Step[]): Augment {
  return (batch, { seed, epoch }) => {
    const [, height, width, channels] = batch.shape;
    if (channels !== 1 && channels !== 3) throw new ShapeError(who, 'x', '[n, height, width, 1 or 3]', batch.shape);
    const size = height * width * channels;
    const x = batch.x.slice();
    batch.index.forEach((index, i) => {
      const steps = plan(words({ seed, index, stream: `${who}/${epoch}` }, count));
      if (steps.length > 0) apply(steps, x.subarray(i * size, (i + 1) * size), { height, width, channels });
    });
    return { ...batch, x };
  };
}

/** Changes an image in place, by way of bytes. */
function apply(steps: readonly Step[], values: Float32Array, size: Omit<Image, 'data'>): void {
  const data = new Uint8Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.round(255 * Math.min(1, Math.max(0, values[i])));
  let image: Image = { ...size, data };
  for (const { name, share, isNegative } of steps) {
    image = imageOperations[name](image, magnitudeOf(name, share, isNegative, image));
  }
  for (let i = 0; i < values.length; i++) values[i] = image.data[i] / 255;
}
