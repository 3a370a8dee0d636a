import type { ImageSource } from '../dataset';

/** Reads images from an array that has one after another; bytes stand for 255ths. */
export function readerOf(x: Float32Array | Uint8Array, size: number): ImageSource['read'] {
  return (rows, out) => {
    rows.forEach((row, i) => {
      out.set(x.subarray(row * size, (row + 1) * size), i * size);
    });
    if (x instanceof Uint8Array) for (let i = 0; i < out.length; i++) out[i] /= 255;
  };
}

/** Pixels on their way into memory. */
interface PixelStore {
  /** Writes some at a place. */
  set(pixels: Float32Array, at: number): void;
  /** All of them: bytes if every one was a 255th, to the last bit of float32. */
  whole(): Float32Array | Uint8Array;
}

/** Room for so many pixels: bytes, until one comes that is none. */
export function pixelStore(length: number): PixelStore {
  const levels = Float32Array.from({ length: 256 }, (_, level) => level / 255);
  let kept: Float32Array | Uint8Array = new Uint8Array(length);
  return {
    set(pixels, at) {
      if (kept instanceof Uint8Array) {
        const bytes = new Uint8Array(pixels.length);
        // A pixel that is no number has no level.
        const isExact = pixels.every((pixel, i) => {
          const level = Math.round(pixel * 255);
          bytes[i] = level;
          return Object.is(levels[level], pixel);
        });
        if (isExact) return kept.set(bytes, at);
        const before = kept;
        kept = Float32Array.from(before, (byte) => levels[byte]);
      }
      kept.set(pixels, at);
    },
    whole: () => kept,
  };
}
