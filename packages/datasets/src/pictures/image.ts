/** One image: bytes, row by row from the top, channels innermost. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** 1: grey levels; 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** `height x width x channels` bytes. */
  readonly data: Uint8Array;
}

export interface DecodeOptions {
  /** 1 for grey levels, 3 for red, green, blue, whatever the file has. Default 3. */
  channels?: 1 | 3;
  /**
   * Images of more are refused before they are decoded. Default 89,478,485 (a quarter of a GiB at three bytes each, where
   * Pillow begins to warn of decompression bombs).
   */
  maxPixels?: number;
}

/**
 * Reads the bytes of one image file.
 *
 * @param who the file's name, for messages
 * @throws FormatError for what is damaged, too large or no image
 */
export type DecodeImage = (who: string, bytes: Uint8Array, options?: DecodeOptions) => Promise<Image>;

/** What {@link DecodeOptions} are unless said. */
export const decodeDefaults = { channels: 3, maxPixels: 89_478_485 } as const;

/** Samples as a decoder gives them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `height x width x bands`. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** How colours lie in {@link Pixels}: by their number of bands. */
const toGrey: Readonly<Record<number, (data: ArrayLike<number>, at: number) => number>> = {
  1: (data, at) => data[at],
  2: (data, at) => data[at],
  3: (data, at) => luma(data[at], data[at + 1], data[at + 2]),
  4: (data, at) => luma(data[at], data[at + 1], data[at + 2]),
};

/** ITU-R 601-2, in the fixed point of Pillow's `convert('L')`. */
const luma = (red: number, green: number, blue: number) => (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;

/**
 * Samples of one band (grey), two (grey, alpha), three (RGB) or four (RGBA) as an image, by the arithmetic of Pillow's
 * `convert('L')` and `convert('RGB')`: alpha is dropped, a pixel keeps the colour that it has in the file.
 *
 * @example
 * const image = imageOf(canvas.getContext('2d').getImageData(0, 0, 28, 28), 4, 1);
 */
export function imageOf({ width, height, data }: Pixels, bands: number, channels: 1 | 3): Image {
  const pixels = width * height;
  if (bands === channels) {
    return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  }
  const out = new Uint8Array(pixels * channels);
  if (channels === 1) {
    const grey = toGrey[bands];
    for (let i = 0; i < pixels; i++) out[i] = grey(data, i * bands);
  } else {
    const step = bands > 2 ? 1 : 0;
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < 3; c++) out[3 * i + c] = data[i * bands + c * step];
    }
  }
  return { width, height, channels, data: out };
}

/** Samples in cyan, magenta, yellow and black as RGB, by the arithmetic of Pillow's `convert('RGB')`: `(1 - C) (1 - K)`. */
export function rgbOfCmyk({ width, height, data }: Pixels): Pixels {
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const light = 255 - data[4 * i + 3];
    for (let c = 0; c < 3; c++) {
      const product = data[4 * i + c] * light + 128;
      out[3 * i + c] = Math.max(0, light - ((product + (product >> 8)) >> 8));
    }
  }
  return { width, height, data: out };
}
