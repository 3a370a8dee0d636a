import { bySeverity } from './by-severity';
import { type Plane, throughJpeg } from './jpeg-plane';
import type { Raster } from './raster';

/**
 * What a baseline JPEG of a quality keeps: YCbCr, chroma at half the size, 8 x 8 blocks rounded to multiples of the standard
 * tables; decoded again with smoothed chroma. In bytes, and without a codec: what the entropy coder would write and read is
 * the same again. Equal to libjpeg's accurate integer transform, byte for byte where it was compared.
 */
export const jpegCompression = bySeverity([80, 65, 58, 50, 40], [25, 18, 15, 10, 7], (image, quality) => {
  const { data, height, width, channels } = image;
  const bytes = data.map((value) => Math.round(value * 255));
  const size = { height, width };
  if (channels === 1) return levels(image, throughJpeg({ samples: bytes, ...size }, 'luma', quality).samples);

  // 16-bit constants; chroma's halves go down.
  const component = (red: number, green: number, blue: number, offset: number): Plane => {
    const samples = Float64Array.from({ length: height * width }, (_, i) => {
      return Math.floor((red * bytes[3 * i] + green * bytes[3 * i + 1] + blue * bytes[3 * i + 2] + offset) / 65536);
    });
    return { samples, ...size };
  };
  const chroma = (plane: Plane) => doubled(throughJpeg(halved(plane), 'chroma', quality), height, width);
  const y = throughJpeg(component(19595, 38470, 7471, 32768), 'luma', quality).samples;
  const cb = chroma(component(-11059, -21709, 32768, 128 * 65536 + 32767));
  const cr = chroma(component(32768, -27439, -5329, 128 * 65536 + 32767));

  const out = new Float64Array(data.length);
  const near = (sum: number) => Math.floor((sum + 32768) / 65536);
  for (let i = 0; i < y.length; i++) {
    const [blue, red] = [cb[i] - 128, cr[i] - 128];
    out[3 * i] = y[i] + near(91881 * red);
    out[3 * i + 1] = y[i] + near(-22554 * blue - 46802 * red);
    out[3 * i + 2] = y[i] + near(116130 * blue);
  }
  return levels(image, out);
});

const levels = (image: Raster, bytes: Float64Array): Raster => ({
  ...image,
  data: bytes.map((value) => Math.min(255, Math.max(0, value)) / 255),
});

/**
 * Means of 2 x 2 samples, halves and odd quarters rounded down and up in turns along a row. It goes on to whole blocks, where the
 * last column counts twice.
 */
function halved({ samples, height, width }: Plane): Plane {
  const [rows, columns] = [Math.ceil(height / 2), 8 * Math.ceil(width / 16)];
  const at = (row: number, column: number) => samples[Math.min(row, height - 1) * width + Math.min(column, width - 1)];
  const out = Float64Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [2 * Math.floor(i / columns), 2 * (i % columns)];
    const sum = at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1);
    return (sum + 1 + ((i % columns) & 1)) >> 2;
  });
  return { samples: out, height: rows, width: columns };
}

/** Twice the size: each new sample is 9, 3, 3 and 1 sixteenths of the four that are nearest, halves up and down in turns. */
function doubled({ samples, height: rows, width: pitch }: Plane, height: number, width: number): Float64Array {
  const columns = Math.ceil(width / 2);
  const out = new Float64Array(height * width);
  const next = (place: number, count: number) => Math.min(count - 1, Math.max(0, (place >> 1) + (place & 1 ? 1 : -1)));
  for (let row = 0; row < height; row++) {
    const near = (row >> 1) * pitch;
    const far = next(row, rows) * pitch;
    const sum = (column: number) => 3 * samples[near + column] + samples[far + column];
    for (let column = 0; column < width; column++) {
      const up = column & 1 ? 7 : 8;
      out[row * width + column] = (3 * sum(column >> 1) + sum(next(column, columns)) + up) >> 4;
    }
  }
  return out;
}
