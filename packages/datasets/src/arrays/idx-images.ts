import { checkOptions, FormatError, integer, oneOf, required } from '@agoge/core';
import { type BytesLike, bytesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import type { DataFile, DataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';
import { readIdx } from './idx';
import { classesOf, imagesInOrder, storedImages } from './stored-images';

/** What IDX files do not say of themselves. */
export interface IdxLayout {
  /** Default 10. */
  classes?: number;
  /** The label of class 0: EMNIST's `letters` are numbered from 1. Default 0. */
  firstLabel?: number;
  /** Whether an image's bytes lie row by row or column by column, as EMNIST's do. Default `rows`. */
  order?: 'rows' | 'columns';
}

export interface IdxImagesOptions extends IdxLayout {
  /** An IDX file of bytes `[n, height, width]`, packed by gzip or not. */
  images: BytesLike;
  /** An IDX file of bytes `[n]`, packed by gzip or not. */
  labels: BytesLike;
}

/** The rules of {@link IdxLayout}. */
const layoutRules = { classes: integer({ min: 2 }), firstLabel: integer({ min: 0 }), order: oneOf('rows', 'columns') };

/**
 * Grey images from two IDX files, the form of MNIST and its like: `[height, width, 1]`, levels divided by 255, in the order
 * of the files; they are in memory, a byte a pixel.
 *
 * @throws FormatError for files that are damaged, no IDX or of unequal lengths, and for labels outside the classes
 * @example
 * const [images, labels] = [await fileBytes('images-idx3-ubyte.gz'), await fileBytes('labels-idx1-ubyte.gz')];
 * const data = await idxImages({ images, labels });
 */
export async function idxImages(options: IdxImagesOptions): Promise<Dataset> {
  const { images, labels, ...layout } = options;
  checkOptions('idxImages', options, { images: required(bytesLike), labels: required(bytesLike), ...layoutRules });
  const files = { images: { name: 'images', bytes: images }, labels: { name: 'labels', bytes: labels } };
  return readIdxImages('idxImages', files, layout);
}

interface NamedBytes {
  name: string;
  bytes: BytesLike;
}

/** {@link idxImages} of files with names, for messages. */
export async function readIdxImages(
  who: string,
  files: { images: NamedBytes; labels: NamedBytes },
  { classes = 10, firstLabel = 0, order = 'rows' }: IdxLayout,
): Promise<Dataset> {
  const read = ({ name, bytes }: NamedBytes, rank: number) => readIdx(`${who}: ${name}`, bytesOf(bytes), rank);
  const images = await read(files.images, 3);
  const labels = await read(files.labels, 1);
  const [n, height, width] = images.shape;
  const shape = [n, height, width, 1] as const;
  const strides = { image: height * width, row: 1, column: height, channel: 1 };
  const x = order === 'rows' ? images.data : imagesInOrder(images.data, shape, strides);
  const y = classesOf(`${who}: ${files.labels.name}`, labels.data, classes, firstLabel);
  return storedImages(who, x, shape, y, classes);
}

/**
 * {@link idxImages} of two files of a set.
 *
 * @param images named as it is published, with `.gz`; the unpacked file is taken where there is one
 * @throws FormatError with its name if a file is not there
 */
export async function openIdxImages(
  who: string,
  files: DataFiles,
  { images, labels }: { images: DataFile; labels: DataFile },
  layout: IdxLayout = {},
): Promise<Dataset> {
  const open = async (file: DataFile): Promise<NamedBytes> => {
    const name = file.name.replace(/\.gz$/, '');
    const bytes = (await files.open({ name })) ?? (await files.open(file));
    if (!bytes) throw new FormatError(who, `there is no ${name} nor ${name}.gz`);
    return { name, bytes };
  };
  return readIdxImages(who, { images: await open(images), labels: await open(labels) }, layout);
}
