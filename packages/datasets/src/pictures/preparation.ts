import { checkOptions, FormatError, integer, nullable, oneOf, type Rule, required } from '@agoge/core';
import { centerCrop } from './center-crop';
import type { Image } from './image';
import { type ResizeFilter, resize } from './resize';

/** Makes images of all sizes ones of one size. */
export interface Preparation {
  /** What it does: the hash of the data has it. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** The image as it shall be; the given one is left as it is. */
  apply(image: Image): Image;
}

export interface ImagenetPreparationOptions {
  /** Length of the shorter side before the crop; `null` leaves sizes as they are. Default 256. */
  resize?: number | null;
  /** Sides of the square that is cut from the middle. Default 224. */
  crop?: number;
  /** Default `bilinear`, torchvision's. */
  filter?: ResizeFilter;
}

const size = integer({ min: 1, max: 8192 });

/**
 * The preparation of ImageNet's images, to the byte as by Pillow and torchvision: `Resize(256)`, `CenterCrop(224)`. It is
 * RobustBench's `Res256Crop224`; `{ resize: null, crop: 288 }` is its `Crop288`.
 *
 * The shorter side becomes `resize`, the longer `floor(resize longer / shorter)`.
 */
export function imagenetPreparation(options: ImagenetPreparationOptions = {}): Preparation {
  checkOptions('imagenetPreparation', options, {
    resize: nullable(size),
    crop: size,
    filter: oneOf('bilinear', 'bicubic'),
  });
  const { resize: shorter = 256, crop = 224, filter = 'bilinear' } = options;
  return {
    name: `${shorter === null ? '' : `resize ${shorter} ${filter}, `}crop ${crop}`,
    width: crop,
    height: crop,
    apply: (image) => centerCrop(shorter === null ? image : shortened(image, shorter, filter), crop, crop),
  };
}

/** That an image is resized to: long and narrow ones would fill the memory. */
const mostPixels = 2 ** 26;

function shortened(image: Image, shorter: number, filter: ResizeFilter): Image {
  const least = Math.min(image.width, image.height);
  const [width, height] = [image.width, image.height].map((side) => Math.floor((shorter * side) / least));
  if (width * height > mostPixels) {
    const was = `an image of ${image.width} x ${image.height}`;
    throw new FormatError(
      'imagenetPreparation',
      `${was} would become ${width} x ${height}, more than ${mostPixels} pixels`,
    );
  }
  return resize(image, width, height, filter);
}

export interface ResizedOptions {
  width: number;
  height: number;
  /** Default `bilinear`. */
  filter?: ResizeFilter;
}

/** Images of another size, whatever becomes of their proportions: Pillow's `resize`, to the byte. */
export function resized(options: ResizedOptions): Preparation {
  const rules = { width: required(size), height: required(size), filter: oneOf('bilinear', 'bicubic') };
  checkOptions('resized', options, rules);
  const { width, height, filter = 'bilinear' } = options;
  return {
    name: `resize ${width} x ${height} ${filter}`,
    width,
    height,
    apply: (image) => resize(image, width, height, filter),
  };
}

/** A {@link Preparation}, or as JSON the options of {@link imagenetPreparation} or, with `width` and `height`, {@link resized}. */
export type PreparationLike = Preparation | ImagenetPreparationOptions | ResizedOptions;

/** The rule for an option that is {@link PreparationLike}. */
export const preparationLike: Rule = {
  expected: 'a Preparation, such as imagenetPreparation(), or its options, such as { resize: 256, crop: 224 }',
  test: (value) => (typeof value === 'object' && value !== null ? 'ok' : 'kind'),
};

/** One way to prepare images. */
export function preparationOf(given: PreparationLike): Preparation {
  if ('apply' in given) return given;
  return 'width' in given ? resized(given) : imagenetPreparation(given);
}
