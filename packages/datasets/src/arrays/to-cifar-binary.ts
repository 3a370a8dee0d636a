import { checkOptions, checkValue, integer, object, type Rule, refusal, required, ShapeError, said } from '@agoge/core';
import type { ImageSource } from '../dataset';
import { cifarKinds, cifarPixels, recordLength } from './cifar-layout';

export interface ToCifarBinaryOptions {
  /** The first example that is written. Default 0. */
  from?: number;
  /** The example before which writing ends. Default: all are written. */
  to?: number;
  /** The superclass of each of all examples, 0 to 19, which CIFAR-100's layout has before the class. */
  coarse?: ArrayLike<number>;
}

const list: Rule = {
  expected: 'an array of numbers',
  test: (value) => (typeof (value as ArrayLike<number> | null)?.length === 'number' ? 'ok' : 'kind'),
};
/** Images in memory at a time as floats. */
const atOnce = 1000;

/**
 * Images as a file in CIFAR's official binary layout, which {@link cifarImages} reads back equal: of 10 classes in that of
 * CIFAR-10, of 100 classes in that of CIFAR-100.
 *
 * @param data 32 x 32 x 3, bounds `[0, 1]`, each value a whole number of 255ths
 * @returns records of a label (CIFAR-100: superclass, class) and 3 x 1024 bytes: red, green, blue, each row by row
 * @throws ShapeError for other images, RangeError for other classes, bounds, labels or values, TypeError without the `coarse`
 * labels of 100 classes
 * @example
 * await writeFile('data_batch_1.bin', await toCifarBinary(train, { to: 10_000 }));
 */
export async function toCifarBinary(data: ImageSource, options: ToCifarBinaryOptions = {}): Promise<Uint8Array> {
  checkValue('toCifarBinary', 'data', data, required(object));
  const all = data.labels.length;
  checkOptions('toCifarBinary', options, {
    from: integer({ min: 0, max: all }),
    to: integer({ min: options.from ?? 0, max: all }),
    coarse: data.classes === 100 ? required(list) : list,
  });
  const { from = 0, to = all, coarse } = options;
  checkImages(data, coarse);

  const { length, strides } = cifarPixels;
  const { labels } = data.classes === 10 ? cifarKinds.cifar10 : cifarKinds.cifar100;
  const record = recordLength(labels.length);
  const out = new Uint8Array((to - from) * record);
  for (let first = from; first < to; first += atOnce) {
    const rows = Uint32Array.from({ length: Math.min(atOnce, to - first) }, (_, i) => first + i);
    const x = new Float32Array(rows.length * length);
    await data.read(rows, x);
    rows.forEach((row, i) => {
      let at = (row - from) * record;
      if (labels.length === 2 && coarse) out[at++] = coarse[row];
      out[at++] = data.labels[row];
      for (let pixel = 0; pixel < length; pixel++) {
        const level = x[i * length + pixel] * 255;
        const byte = Math.round(level);
        // The comparison is written so that NaN fails it.
        if (!(Math.abs(level - byte) < 1e-3 && byte >= 0 && byte <= 255)) {
          throw said(new RangeError(refusal('toCifarBinary', `x of example ${row}`, 'whole 255ths', level / 255)));
        }
        const channel = pixel % 3;
        out[at + channel * strides.channel + (pixel - channel) / 3] = byte;
      }
    });
  }
  return out;
}

function checkImages({ shape, classes, bounds, labels }: ImageSource, coarse?: ArrayLike<number>): void {
  if (shape.join() !== cifarPixels.shape.join())
    throw new ShapeError('toCifarBinary', 'an image', '[32, 32, 3]', shape);
  const wrong = (what: string, expected: string, value: unknown) =>
    said(new RangeError(refusal('toCifarBinary', what, expected, value)));
  if (classes !== 10 && classes !== 100) throw wrong('classes', '10 or 100', classes);
  if (bounds[0] !== 0 || bounds[1] !== 1) throw wrong('bounds', '[0, 1]', bounds);
  if (!coarse) return;
  if (coarse.length !== labels.length) {
    throw new ShapeError('toCifarBinary', 'coarse', `[${labels.length}] (one label per image)`, [coarse.length]);
  }
  const place = Array.from(coarse).findIndex((each) => !(Number.isInteger(each) && each >= 0 && each < 20));
  if (place !== -1) throw wrong(`the coarse label of example ${place}`, 'from 0 to 19', coarse[place]);
}
