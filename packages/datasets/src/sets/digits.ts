import { checkOptions, oneOf } from '@agoge/core';
import type { Dataset } from '../dataset';
import { fromArrays } from '../from-arrays';
import { digitsData } from './digits-data';

export interface DigitsOptions {
  /** `train`: the first 1,437 images; `test`: the last 360. Default `train`. */
  split?: 'train' | 'test';
}

const pixels = 64;
const trainingImages = 1437;

/**
 * 1,797 handwritten digits, 8 x 8 x 1, that come with the package: grey levels 0 to 16, divided by 16; 10 classes.
 *
 * The file's order is kept: the first 1,437 train (four fifths, rounded down), the last 360 test. Writers are not told
 * apart, so both parts may hold digits of one hand: good for a demonstration, too small and easy for a comparison.
 *
 * E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), UCI Machine Learning Repository, test part,
 * licensed CC BY 4.0.
 *
 * @example
 * const training = digits({ split: 'train' });
 * console.log(training.examples, training.shape); // 1437 [ 8, 8, 1 ]
 */
export function digits(options: DigitsOptions = {}): Dataset {
  checkOptions('digits', options, { split: oneOf('train', 'test') });
  const { split = 'train' } = options;
  const lines = digitsData.trim().split('\n');
  const images = split === 'train' ? lines.slice(0, trainingImages) : lines.slice(trainingImages);
  const digit = (line: string, at: number) => Number.parseInt(line[at], 17);
  return fromArrays({
    x: Float32Array.from({ length: images.length * pixels }, (_, i) => {
      return digit(images[Math.floor(i / pixels)], i % pixels) / 16;
    }),
    shape: [images.length, 8, 8, 1],
    y: Int32Array.from(images, (line) => digit(line, pixels)),
    classes: 10,
    bounds: [0, 1],
  });
}
