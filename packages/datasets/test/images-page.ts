import {
  bytesOf,
  csvImages,
  decodeImage,
  type Image,
  imageFolder,
  imageOf,
  mnist,
  namedFiles,
  npzImages,
  parquetImages,
  resized,
  servedFiles,
  svhnImages,
  urlBytes,
} from '../src/index';

const bytesIn = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const numbers = ({ width, height, channels, data }: Image) => ({ width, height, channels, data: [...data] });

/** Decodes a file (base64), or says why not. */
export async function decode(file: string, options: { channels?: 1 | 3; maxPixels?: number } = {}) {
  try {
    return numbers(await decodeImage('file', bytesIn(file), options));
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** Files as a user chooses them. */
export async function chosen(files: Record<string, string>) {
  const named = Object.entries(files).map(([name, file]) => [name, new File([bytesIn(file)], name)]);
  const data = await imageFolder({
    files: namedFiles(Object.fromEntries(named)),
    preparation: resized({ width: 3, height: 2 }),
  });
  for await (const { x, y } of data.batches({ batchSize: 10 })) {
    return { classNames: data.classNames, hash: data.hash, x: [...x], y: [...y] };
  }
  return undefined;
}

/** What was drawn on a canvas. */
export async function drawn() {
  const canvas = new OffscreenCanvas(2, 1);
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  context.fillStyle = 'rgb(10 20 30)';
  context.fillRect(0, 0, 1, 1);
  return numbers(imageOf(context.getImageData(0, 0, 2, 1), 4, 3));
}

/** The labels and the first image of a parquet file. */
export async function parquet(file: string) {
  const data = await parquetImages({ files: [new Blob([bytesIn(file)])] });
  const x = new Float32Array(90);
  await data.read(Uint32Array.of(1), x);
  return { y: [...data.labels], hash: data.hash, x: [...x] };
}

export async function csv(text: string) {
  const { labels } = await csvImages({ bytes: bytesOf(new Blob([text])), shape: [1, 2, 1], classes: 3 });
  return [...labels];
}

/** The hash of a set that the page's own server gives, its files packed by gzip. */
export async function served(folder: string) {
  const { hash } = await mnist({ files: servedFiles(folder), split: 'test' });
  return hash;
}

/** The hash of an archive of NumPy, and of a file of MATLAB. */
export async function packed(kind: 'npz' | 'mat', file: string) {
  const blob = new Blob([bytesIn(file)]);
  const { hash } = await (kind === 'npz' ? npzImages({ file: blob }) : svhnImages({ file: blob }));
  return hash;
}

/** Why a server without ranges will not do. */
export const withoutRanges = () =>
  urlBytes(new URL('/module.js', location.href)).then(
    () => 'it does',
    (error: Error) => error.message,
  );
