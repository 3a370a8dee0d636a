import { isUserError } from '@agoge/core';
import { expect, it, vi } from 'vitest';
import { decodeImage } from './pictures/decode-image';
import { bytesOfText, figures } from './pictures/pillow.fixture';

it('without sharp, it says how to install it', async () => {
  vi.doMock('sharp', () => {
    throw new Error("Cannot find package 'sharp'");
  });
  const error = await decodeImage('cat.jpg', bytesOfText(figures.files[0].file)).catch((cause) => cause);
  expect(isUserError(error)).toBe(true);
  expect(error.message).toMatch(
    /^decodeImage: needs the package sharp, which does not load \(.+\): npm install sharp$/,
  );
});
