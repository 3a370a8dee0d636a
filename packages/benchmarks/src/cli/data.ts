import {
  arrayOf,
  type Batches,
  FormatError,
  integer,
  lookUp,
  number,
  type Progress,
  parseJson,
  type Rule,
  ShapeError,
  said,
} from '@agoge/core';
import { type Dataset, fromArrays, split as parts } from '@agoge/datasets';
import { openDataset } from '@agoge/datasets/node';
import { datasets, isFromFiles, splitOptions } from '@agoge/datasets/registry';
import { checkJson } from '../json-shape';
import { readInputText } from './input-files';
import { type Stage, stage } from './progress';
import type { Context } from './terminal';

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
  /** Where the files of a data set lie that comes in files, if not in its folder of the cache. */
  dataDir?: string;
  /** Options of the data set beside its split. */
  dataOptions?: Record<string, unknown>;
  /** Whether files that are missing are downloaded. */
  download?: boolean;
}

/**
 * Opens what `--data` names: a data set of the registry, or a JSON file of one's own images,
 * `{ "shape": [n, height, width, channels], "bounds": [0, 1], "classes": 10, "images": [...], "labels": [...] }`.
 *
 * @param split part of the set; `all` takes the class folders of `imageFolder` as they are
 */
export async function openData(
  { data: name, dataDir, dataOptions, download = false }: DataChoice,
  split: string,
  context: Pick<Context, 'signal' | 'stderr'>,
): Promise<Batches> {
  const isFile = name.endsWith('.json');
  if (!isFile) lookUp('agoge', 'data set', name, datasets);
  if (dataDir !== undefined && !isFromFiles(name)) {
    const those = Object.keys(datasets).filter(isFromFiles).join(', ');
    throw said(new TypeError(`agoge: --data-dir belongs to ${those}, got --data ${name}`));
  }
  if (isFile) return readData(await readInputText('--data', name), name);
  // Shown once there is something to download.
  let shown: Stage | undefined;
  const onProgress = (progress: Progress) => {
    shown ??= stage(`data ${name}`, context);
    shown.update(progress);
  };
  try {
    const place = { folder: dataDir, download, signal: context.signal, onProgress };
    return await openDataset(name, { ...splitOptions(name, split), ...dataOptions }, place);
  } finally {
    shown?.end('downloaded');
  }
}

/**
 * Data whose first examples stand for all of it: as they lie, or, of a set that lies class by class, so many drawn with a like
 * share of each class.
 */
export function standingForAll(data: Batches, examples = data.examples): Batches {
  const { labels } = data as Partial<Dataset>;
  const isByClass = labels?.every((label, i) => i === 0 || labels[i - 1] <= label) ?? false;
  return isByClass && examples < data.examples ? parts(data, { counts: [examples] })[0] : data;
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
