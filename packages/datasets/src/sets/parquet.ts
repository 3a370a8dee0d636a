import { checkValue, FormatError, required, show, string } from '@agoge/core';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import { type ParquetImages, type ParquetImagesOptions, parquetImages } from '../parquet/parquet-images';
import { openFile } from './set-files';

export interface ParquetOptions extends Omit<ParquetImagesOptions, 'files'> {
  /** Where the files lie. */
  files: DataFiles;
  /** How the names of those that are read begin: `test` takes `data/test-00000-of-00001.parquet`. Default `train`. */
  split?: string;
}

/**
 * Images of parquet files in a folder, named as the Hugging Face hub names them: {@link parquetImages} as a set with a name, for the
 * command and for jobs.
 *
 * @throws FormatError where no file has such a name, and as `parquetImages`
 * @example
 * const test = await parquet({ files: folderFiles('data/cifar10'), split: 'test' });
 */
export async function parquet(options: ParquetOptions): Promise<ParquetImages> {
  const { files, split = 'train', ...rest } = options;
  checkValue('parquet', 'files', files, required(dataFiles));
  checkValue('parquet', 'split', split, string);
  const isOne = (name: string) => name.endsWith('.parquet') && /^[-.]/.test(name.slice(split.length));
  const names = (await files.list()).filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return name.startsWith(split) && isOne(name);
  });
  if (names.length === 0)
    throw new FormatError('parquet', `there is no file of ${show(split)}, such as ${split}.parquet`);
  return parquetImages({ ...rest, files: await Promise.all(names.map((name) => openFile('parquet', files, name))) });
}
