import { FormatError, said } from '@agoge/core';
import { type Pixels, rgbOfCmyk } from './pictures/image';
import type { ImageHeader } from './pictures/image-header';

/** A file's pixels, by sharp. Bundles for browsers get `pixels-of.browser.ts` in its place (`imports` in package.json). */
export async function pixelsOf(
  who: string,
  bytes: Uint8Array,
  { width, height, cmyk }: ImageHeader,
): Promise<{ pixels: Pixels; bands: number }> {
  const sharp = await loaded();
  // As Pillow, 'error' refuses what is damaged or cut short; the default refuses files with a few needless bytes too.
  const file = sharp(bytes, { failOn: 'error', limitInputPixels: width * height, ignoreIcc: true }).rotate();
  const { data, info } = await (cmyk ? file.pipelineColourspace('cmyk').toColourspace('cmyk') : file)
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => {
      throw new FormatError(who, `cannot be decoded: ${String(cause.message).trim().split('\n')[0]}`);
    });
  const pixels = { width: info.width, height: info.height, data };
  return cmyk ? { pixels: rgbOfCmyk(pixels), bands: 3 } : { pixels, bands: info.channels };
}

async function loaded(): Promise<typeof import('sharp').default> {
  // By a name in a variable, for bundlers to leave it alone: it looks for its library beside itself.
  const name = 'sharp';
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)).default;
  } catch (cause) {
    const { message } = cause as Error;
    throw said(
      new Error(
        `decodeImage: needs the package sharp, which does not load (${message.split('\n')[0]}): npm install sharp`,
        {
          cause,
        },
      ),
    );
  }
}
