import { checkValue, required, string } from '@agoge/core';
import { type CsvImagesOptions, csvImages } from '../arrays/csv-images';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import type { Dataset } from '../dataset';
import { openFile } from './set-files';

export interface CsvOptions extends Omit<CsvImagesOptions, 'bytes'> {
  /** Where the file lies. */
  files: DataFiles;
  /** Its name: `mnist_test.csv`. */
  name: string;
}

/**
 * Images of a CSV file in a folder: {@link csvImages} as a set with a name, for the command and for jobs.
 *
 * @throws FormatError for a file that is missing, and as `csvImages`
 * @example
 * const test = await csv({ files: folderFiles('data'), name: 'mnist_test.csv', shape: [28, 28, 1], classes: 10 });
 */
export async function csv(options: CsvOptions): Promise<Dataset> {
  const { files, name, ...rest } = options;
  checkValue('csv', 'files', files, required(dataFiles));
  checkValue('csv', 'name', name, required(string));
  return csvImages({ ...rest, bytes: await openFile('csv', files, name) });
}
