import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import figures from '../../test/golden/pillow.json' with { type: 'json' };
import type { Image } from './image';

/** What Pillow and torchvision make of images, by `test/golden/pillow.py`. */
export { figures };

/** The images that figures begin with: the formula of `pattern` in `pillow.py`. */
export function pattern([width, height, channels]: readonly number[]): Image {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
    if ((x + y) % 5 < 3) return 255 * ((Math.floor(x / 3) + Math.floor(y / 2) + c) % 2);
    return (x * 73 + y * 151 + c * 37 + x * y * 11) % 256;
  });
  return { width, height, channels: channels as 1 | 3, data };
}

export const bytesOfText = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

export const sha256Of = ({ data }: Image): string => createHash('sha256').update(data).digest('hex');

/** The folder of photographs, on machines that have it. */
export const photographs = fileURLToPath(new URL('../../../../../shared/datasets/imagenet-samples/', import.meta.url));
export const hasPhotographs = existsSync(photographs);
