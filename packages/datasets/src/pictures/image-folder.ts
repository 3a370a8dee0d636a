import { arrayOf, FormatError, refusal, required, said, show, string } from '@agoge/core';
import { type Bytes, wholeOf } from '../bytes/bytes';
import { type DataFiles, dataFiles } from '../bytes/data-files';
import { digestOf } from '../bytes/digest-of';
import { hashOf } from '../bytes/hash-of';
import { inParallel } from '../bytes/in-parallel';
import { isImageName } from './image-header';
import { checkPacked, type PackedDataset, type PackedImagesOptions, packedImages } from './packed-images';

export interface ImageFolderOptions extends PackedImagesOptions {
  /** Where the class folders lie: `folderFiles('data/flowers')`, or `imagesIn` of an archive. */
  files: DataFiles;
  /** The folder among the files that holds the class folders, such as `train`. Default: the files themselves. */
  split?: string;
  /**
   * Names of the class folders in the order of their labels; those without images may be among them. Default: all that have
   * images, sorted.
   */
  classes?: readonly string[];
}

/** Images of class folders. */
export interface ImageFolder extends PackedDataset {
  /** By label. */
  readonly classNames: readonly string[];
  /** Of the files, by row. */
  readonly fileNames: readonly string[];
}

/** Bytes of one file. */
const mostBytes = 2 ** 28;
/** Files that are read at once. */
const lanes = 16;

/**
 * Images in one folder per class, `<class>/<name>.jpg` (`.jpeg`, `.png`, `.webp`), as torchvision's `ImageFolder`: labels are
 * the places of the folders' names in their order, images go by class and then by name. Other files are left out.
 *
 * Files are read once at opening, for the `hash` of their names' order and contents, and again when they are asked for; pixels are
 * divided by 255. What is damaged or has another size is an error that names the file, when it is read.
 *
 * @throws FormatError for fewer than two classes, images in no class folder, and folders that `classes` does not name
 * @example
 * const files = folderFiles('data/imagenette2');
 * const data = await imageFolder({ files, split: 'val', preparation: imagenetPreparation() });
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageFolder> {
  checkPacked('imageFolder', options, {
    files: required(dataFiles),
    split: string,
    classes: arrayOf(string),
  });
  const { files, signal } = options;
  const { classNames, names, labels } = await classFolders(options);
  const opened: Bytes[] = [];
  const digests: string[] = [];
  await inParallel(names.length, lanes, async (row) => {
    signal?.throwIfAborted();
    const bytes = await files.open({ name: names[row] }, signal);
    if (!bytes) throw new FormatError('imageFolder', `there is no ${names[row]} any more`);
    opened[row] = bytes;
    digests[row] = await digestOf(await wholeOf(`imageFolder: ${names[row]}`, bytes, mostBytes));
  });
  const packed = {
    labels,
    classes: classNames.length,
    hash: hashOf(digests.join()),
    name: (row: number) => names[row],
    bytes: (row: number) => opened[row].read(0, opened[row].length),
  };
  const data = await packedImages('imageFolder', packed, options);
  const skipped = new Set(data.skipped);
  return { ...data, classNames, fileNames: names.filter((name) => !skipped.has(name)) };
}

async function classFolders({ files, split, classes }: ImageFolderOptions) {
  const root = split === undefined ? '' : `${split}/`;
  const where = split === undefined ? 'these files' : show(split);
  const names = (await files.list(split)).filter((name) => isImageName(name) && name.startsWith(root));
  if (names.length === 0 && split !== undefined) {
    const folders = (await files.list()).filter((name) => name.includes('/')).map((name) => name.split('/', 1)[0]);
    const others = [...new Set(folders)].sort();
    const there = others.length === 0 ? 'no folder at all' : others.slice(0, 5).map(show).join(', ');
    throw new FormatError(
      'imageFolder',
      `there are no JPEG, PNG or WebP files in a folder ${where}; there is ${there}: without split (--split all) these are the classes`,
    );
  }
  const folderOf = (name: string) => name.slice(root.length).split('/', 1)[0];
  const loose = names.find((name) => !name.slice(root.length).includes('/'));
  if (loose !== undefined) throw new FormatError('imageFolder', `${loose} lies in no class folder`);

  const folders = [...new Set(names.map(folderOf))].sort();
  const classNames = classes ?? folders;
  if (folders.length === 0)
    throw new FormatError('imageFolder', `${where} have no class folder with JPEG, PNG or WebP files`);
  if (new Set(classNames).size !== classNames.length) {
    throw said(new RangeError(refusal('imageFolder', 'classes', 'names of which each is there once', classNames)));
  }
  if (classNames.length < 2) {
    throw new FormatError(
      'imageFolder',
      `${where} have one class folder alone, ${show(folders[0])}: split may name the folder above them`,
    );
  }
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const stranger = folders.find((folder) => !labelOf.has(folder));
  if (stranger !== undefined) throw new FormatError('imageFolder', `the folder ${show(stranger)} is none of classes`);

  const label = (name: string) => labelOf.get(folderOf(name)) ?? 0;
  // Sorted by class and then by name: the sort keeps the order of equals.
  names.sort().sort((a, b) => label(a) - label(b));
  return { classNames, names, labels: Int32Array.from(names, label) };
}
