import { type Edge, inside, type Raster } from './raster';

/** A linear map along one axis: place `i` of the result is the sum of `weights[i][k] * in[first[i] + k]`. */
export interface Bands {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Makes {@link Bands} of so many places, each with its first source and its weights. */
function bandsOf(places: number, at: (place: number) => readonly [first: number, weights: Float64Array]): Bands {
  const rows = Array.from({ length: places }, (_, place) => at(place));
  return { first: Int32Array.from(rows, ([first]) => first), weights: rows.map(([, weights]) => weights) };
}

/** Applies a map to the rows' order (`down`) or to each row (`across`). */
export function along(direction: 'down' | 'across', raster: Raster, { first, weights }: Bands): Raster {
  const { data, height, width, channels } = raster;
  const places = first.length;
  if (direction === 'down') {
    const line = width * channels;
    const out = new Float64Array(places * line);
    for (let i = 0; i < places; i++) {
      const taps = weights[i];
      for (let k = 0; k < taps.length; k++) {
        const weight = taps[k];
        const from = (first[i] + k) * line;
        for (let j = 0; j < line; j++) out[i * line + j] += weight * data[from + j];
      }
    }
    return { ...raster, data: out, height: places };
  }
  const out = new Float64Array(height * places * channels);
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < places; i++) {
      const taps = weights[i];
      const start = (row * width + first[i]) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < taps.length; k++) sum += taps[k] * data[start + k * channels + c];
        out[(row * places + i) * channels + c] = sum;
      }
    }
  }
  return { ...raster, data: out, width: places };
}

/**
 * The Gaussian window `exp(-k^2 / (2 sigma^2))`, normalised, of radius `floor(truncate sigma + 1/2)`; with what lies beyond
 * the edge added to where it comes from, so that a window longer than the image costs no more than the image.
 */
function gaussian(size: number, sigma: number, edge: Edge, truncate: number): Bands {
  const radius = Math.floor(truncate * sigma + 0.5);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => {
    return radius === 0 ? 1 : Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2));
  });
  const sum = taps.reduce((total, each) => total + each, 0);
  return bandsOf(size, (place) => {
    const first = Math.max(0, place - radius);
    const last = Math.min(size - 1, place + radius);
    // Reflections lie within the window, too.
    const weights = new Float64Array(last - first + 1);
    taps.forEach((tap, k) => {
      weights[inside(place + k - radius, size, edge) - first] += tap / sum;
    });
    return [first, weights];
  });
}

/** Blurs both axes by {@link gaussian}. */
export function blurred(raster: Raster, sigma: number, edge: Edge, truncate = 4): Raster {
  const down = along('down', raster, gaussian(raster.height, sigma, edge, truncate));
  return along('across', down, gaussian(raster.width, sigma, edge, truncate));
}

/**
 * The middle of an axis enlarged by `factor` with linear interpolation, cut to the old size: the middle
 * `ceil(size / factor)` places become `round(factor * that)`, end on end, of which the middle `size` are kept.
 */
function magnified(size: number, factor: number): Bands {
  const taken = Math.ceil(size / factor);
  const top = Math.floor((size - taken) / 2);
  const enlarged = Math.max(size, halfToEven(taken * factor));
  const trim = Math.floor((enlarged - size) / 2);
  const pitch = enlarged > 1 ? (taken - 1) / (enlarged - 1) : 0;
  return bandsOf(size, (place) => {
    const at = Math.min(taken - 1, (place + trim) * pitch);
    const below = Math.min(Math.floor(at), Math.max(0, taken - 2));
    if (taken === 1) return [top, Float64Array.of(1)];
    return [top + below, Float64Array.of(1 - (at - below), at - below)];
  });
}

/** Both axes by {@link magnified}. */
export function zoomed(raster: Raster, factor: number): Raster {
  const down = along('down', raster, magnified(raster.height, factor));
  return along('across', down, magnified(raster.width, factor));
}

/** Means over boxes: each new place takes the old pixels whose middle lies within its part of the axis. */
export function boxes(from: number, to: number): Bands {
  const scale = from / to;
  const width = Math.max(scale, 1);
  return bandsOf(to, (place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(middle - width / 2 + 0.5));
    const end = Math.min(from, Math.floor(middle + width / 2 + 0.5));
    // Divided as Pillow divides: where a middle lies on the border, the last bit decides.
    const weights = Float64Array.from({ length: end - first }, (_, i) => {
      const away = (first + i - middle + 0.5) * (1 / width);
      return away > -0.5 && away <= 0.5 ? 1 : 0;
    });
    const sum = weights.reduce((total, each) => total + each, 0);
    return [first, weights.map((each) => each / sum)];
  });
}

/** The nearest whole number, of two the even one. */
function halfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
