import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image';
import { bytesOfText, figures, hasPhotographs, pattern, photographs, sha256Of } from './pillow.fixture';
import { imagenetPreparation, resized } from './preparation';
import { type ResizeFilter, resize } from './resize';

describe('imagenetPreparation', () => {
  it.each(figures.preparations)('$from, resize $resize, crop $crop, $filter: as torchvision', (figure) => {
    const { from, data, ...options } = figure;
    const { apply } = imagenetPreparation({ ...options, filter: options.filter as ResizeFilter });
    expect(apply(pattern(from)).data).toEqual(bytesOfText(data));
  });

  it('says what it does', () => {
    expect(imagenetPreparation()).toMatchObject({ name: 'resize 256 bilinear, crop 224', width: 224, height: 224 });
    expect(imagenetPreparation({ resize: null, crop: 288 }).name).toBe('crop 288');
  });

  it('refuses images that would grow without end, and options that are none', () => {
    expect(() => imagenetPreparation().apply(pattern([2000, 1, 1]))).toThrow(
      'imagenetPreparation: an image of 2000 x 1 would become 512000 x 256, more than 67108864 pixels',
    );
    expect(() => imagenetPreparation({ crop: 0 })).toThrow('imagenetPreparation: crop must be an integer >= 1');
    expect(() => imagenetPreparation({ filter: 'nearest' } as never)).toThrow('filter must be one of');
    expect(() => imagenetPreparation({ size: 224 } as never)).toThrow('unknown option "size"');
  });
});

describe('resized', () => {
  it('is resize, to one size', () => {
    const { apply, ...rest } = resized({ width: 4, height: 6, filter: 'bicubic' });
    expect(rest).toEqual({ name: 'resize 4 x 6 bicubic', width: 4, height: 6 });
    expect(apply(pattern([9, 9, 3]))).toEqual(resize(pattern([9, 9, 3]), 4, 6, 'bicubic'));
  });

  it('needs both sides', () => {
    expect(() => resized({ width: 4 } as never)).toThrow('resized: height must be an integer >= 1');
  });
});

describe.runIf(hasPhotographs)('photographs (needs ../shared/datasets)', () => {
  it.each(figures.photographs)(
    '$name: decoded and prepared as by Pillow and torchvision, to the byte',
    async (figure) => {
      const bytes = readFileSync(join(photographs, figure.name));
      const image = await decodeImage(figure.name, bytes);
      expect({
        name: figure.name,
        rgb: sha256Of(image),
        grey: sha256Of(await decodeImage(figure.name, bytes, { channels: 1 })),
        bilinear: sha256Of(imagenetPreparation().apply(image)),
        bicubic: sha256Of(imagenetPreparation({ filter: 'bicubic' }).apply(image)),
        crop288: sha256Of(imagenetPreparation({ resize: null, crop: 288 }).apply(image)),
        larger: sha256Of(resize(image, 601, 577, 'bicubic')),
      }).toEqual(figure);
    },
  );
});
