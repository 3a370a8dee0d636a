import type { ImageShape } from '@agoge/core';
import { encode } from 'fast-png';
import type { EvaluationImage } from '../evaluation-result';
import { bytesToText, textToFloats } from '../float-text';

type Shape = EvaluationImage['shape'];
type Pixels = Uint8Array;

const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

/** An image within bounds as bytes: grey levels of one channel, colours of three; of any other number the first alone. */
export function imageBytes(
  values: Float32Array,
  [height, width, channels]: ImageShape,
  [low, high]: readonly [number, number],
): { data: Pixels; channels: 1 | 3 } {
  const shown = channels === 3 ? 3 : 1;
  const data = new Uint8Array(height * width * shown);
  for (let i = 0; i < data.length; i++) {
    const value = values[Math.floor(i / shown) * channels + (i % shown)];
    data[i] = clamp((255 * (value - low)) / (high - low));
  }
  return { data, channels: shown };
}

/** {@link imageBytes} as a PNG. */
export function imagePng(values: Float32Array, shape: ImageShape, bounds: readonly [number, number]): Uint8Array {
  const { data, channels } = imageBytes(values, shape, bounds);
  return png(data, shape, channels);
}

/**
 * A perturbation as a PNG: white where nothing changed, red where the pixel grew brighter, blue where darker (the mean over
 * channels), in full colour at `scale`.
 */
export function perturbationPng(clean: Float32Array, changed: Float32Array, shape: Shape, scale: number): Uint8Array {
  const [height, width, channels] = shape;
  const data = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel++) {
    let change = 0;
    for (let c = 0; c < channels; c++) change += changed[pixel * channels + c] - clean[pixel * channels + c];
    const strength = scale > 0 ? Math.max(-1, Math.min(1, change / channels / scale)) : 0;
    const end = strength > 0 ? [178, 24, 43] : [33, 102, 172];
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = clamp(247 + (end[c] - 247) * Math.abs(strength));
  }
  return png(data, shape, 3);
}

/** Bytes, row by row, as a PNG. */
export function png(data: Pixels, [height, width]: readonly number[], channels: 1 | 3): Uint8Array {
  return encode({ width, height, data, channels, depth: 8 });
}

/** The largest change of any pixel. */
export function largestChange(clean: Float32Array, changed: Float32Array): number {
  return clean.reduce((most, value, i) => Math.max(most, Math.abs(changed[i] - value)), 0);
}

/** A PNG as an address that needs no request. */
export function dataUri(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytesToText(bytes)}`;
}

/** The two images of a result's entry. */
export function pixelsOf({ clean, adversarial, shape, index }: EvaluationImage): {
  clean: Float32Array;
  adversarial: Float32Array;
} {
  const length = shape[0] * shape[1] * shape[2];
  return {
    clean: textToFloats(`image ${index}: clean`, clean, length),
    adversarial: textToFloats(`image ${index}: adversarial`, adversarial, length),
  };
}
