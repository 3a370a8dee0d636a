import {
  arrayOf,
  type Batches,
  FormatError,
  integer,
  lookUp,
  number,
  parseJson,
  type Rule,
  ShapeError,
  said,
} from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { folderFiles } from '@agoge/datasets/node';
import { datasets } from '@agoge/datasets/registry';
import { checkJson } from '../json-shape';
import { readInputText } from './input-files';

const numbers: Rule = {
  expected: 'an array of numbers, which may stand in arrays',
  test: (value) => (Array.isArray(value) && value.flat(5).every((each) => typeof each === 'number') ? 'ok' : 'kind'),
};
const shape = {
  shape: arrayOf(integer({ min: 0 })),
  bounds: arrayOf(number(), 2),
  classes: integer({ min: 2 }),
  images: numbers,
  labels: numbers,
};

/** What the user says of the data. */
export interface DataChoice {
  data: string;
  /** Where the files of a data set lie that comes in files. */
  dataDir?: string;
}

const fromFolder = new Set(['mnist']);

/**
 * Opens what `--data` names: a data set of the registry, or a JSON file of one's own images,
 * `{ "shape": [n, height, width, channels], "bounds": [0, 1], "classes": 10, "images": [...], "labels": [...] }`.
 */
export async function openData({ data: name, dataDir }: DataChoice, split: string): Promise<Batches> {
  const isRead = fromFolder.has(name);
  if (dataDir !== undefined && !isRead) {
    throw said(new TypeError(`agoge: --data-dir belongs to ${[...fromFolder].join(', ')}, got --data ${name}`));
  }
  if (name.endsWith('.json')) return readData(await readInputText('--data', name), name);
  const make = lookUp('agoge', 'data set', name, datasets);
  if (!isRead) return make({ split });
  if (dataDir === undefined)
    throw said(new TypeError(`agoge: --data ${name} needs the folder of its files: --data-dir`));
  return make({ split, files: folderFiles(dataDir) });
}

function readData(text: string, who: string): Batches {
  const value = parseJson(who, text);
  checkJson(who, value, shape);
  const given = value as { [Key in 'shape' | 'bounds' | 'images' | 'labels']: number[] } & { classes: number };
  const { classes, bounds } = given;
  if (given.shape.length !== 4) throw new ShapeError(who, 'images', '[n, height, width, channels]', given.shape);
  const [n, height, width, channels] = given.shape;
  if (given.shape.includes(0)) throw new FormatError(who, `holds no images: its shape is [${given.shape.join(', ')}]`);
  const labels = given.labels.flat(5);
  const label = labels.find((each) => !Number.isInteger(each) || each < 0 || each >= classes);
  if (label !== undefined) {
    throw new FormatError(who, `labels must be whole numbers from 0 to ${classes - 1}, got ${label}`);
  }
  return fromArrays({
    x: Float32Array.from(given.images.flat(5)),
    shape: [n, height, width, channels],
    y: Int32Array.from(labels),
    classes,
    bounds: [bounds[0], bounds[1]],
  });
}
