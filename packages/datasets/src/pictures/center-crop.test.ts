import { expect, it } from 'vitest';
import { centerCrop } from './center-crop';
import { bytesOfText, figures, pattern } from './pillow.fixture';

it.each(figures.crops)('centerCrop of $from to $to: as torchvision', ({ from, to, data }) => {
  expect(centerCrop(pattern(from), to[0], to[1]).data).toEqual(bytesOfText(data));
});
