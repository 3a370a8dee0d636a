// Reads a file in a process of its own and writes how far the memory of the process grew meanwhile:
// `node --expose-gc read-hostile.js FILE LIKE_IT`, where the second, small and of the same kind, is read first, for all code to be there.
import { readFileSync, writeFileSync } from 'node:fs';
import { cifarArchive, decodeImage, idxImages, npzImages, parquetImages, svhnImages } from '../src/index';
import { fileBytes } from '../src/node';

const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  '.idx.gz': async (path) => idxImages({ images: await fileBytes(path), labels: new Uint8Array(8) }),
  '.npz': async (path) => npzImages({ file: await fileBytes(path), most: 2 ** 24 }),
  '.tar.gz': async (path) => cifarArchive({ archive: await fileBytes(path), split: 'test' }),
  '.mat': async (path) => svhnImages({ file: await fileBytes(path) }),
  '.parquet': async (path) => {
    const data = await parquetImages({ files: [await fileBytes(path)], classes: 2 });
    await data.read(Uint32Array.of(0), new Float32Array(3));
  },
  // None of ours: for the measure itself.
  '.whole': async (path) => readFileSync(path),
  '.png': async (path) => decodeImage('image', new Uint8Array(readFileSync(path))),
};

async function read(path: string): Promise<string> {
  const [, reader] = Object.entries(readers).find(([end]) => path.endsWith(end)) ?? [];
  try {
    await reader?.(path);
    return 'read';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** A field of the process's status, in bytes. */
const statusOf = (field: string) =>
  1024 * Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);

const [path, like] = process.argv.slice(2);
await read(like);
globalThis.gc?.();
// Sets the peak to what is held now.
writeFileSync('/proc/self/clear_refs', '5');
const before = statusOf('VmRSS');
const outcome = await read(path);
process.stdout.write(JSON.stringify({ outcome, growth: statusOf('VmHWM') - before }));
