// A contestant for data, started by turns.mjs: `node bench/data-contestant.mjs @agoge/datasets|tf.data`. Lines of JSON in, lines of
// JSON out: first the conditions, answered with `words`, then cases, answered with the milliseconds that so many images took, all
// batches read.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, exit, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import {
  augmented,
  autoAugment,
  centerCrop,
  cifarImages,
  compose,
  corrupted,
  corruptions,
  csvImages,
  cutMix,
  cutout,
  decodeImage,
  fromArrays,
  idxImages,
  mixUp,
  npzImages,
  parquetImages,
  randAugment,
  randomCrop,
  randomFlip,
  resize,
  svhnImages,
} from '@agoge/datasets';
import { fileBytes } from '@agoge/datasets/node';
import { encode } from 'fast-png';

// The lines on stdout are answers; what TensorFlow.js says goes elsewhere.
console.log = console.error;
const size = 32 * 32 * 3;
const noise = (length) => Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
const batchSize = 128;
let seed = 0;
let run;
for await (const line of createInterface({ input: stdin })) {
  const asked = JSON.parse(line);
  const answer = await (run ? timed(asked) : open(asked)).catch(({ message }) => ({
    error: message.split('\n')[0],
  }));
  stdout.write(`${JSON.stringify(answer)}\n`);
}
exit(0);

async function open({ photograph, files, tfjsData }) {
  if (argv[2] === 'tf.data') return openTfData(tfjsData);
  const jpeg = photograph && new Uint8Array(await readFile(photograph));
  run = (asked) => ours(asked, jpeg, files);
  return { words: `@agoge/datasets, Node ${process.versions.node}` };
}

/** Made ready anew for each call: in another order, with other random numbers. */
async function timed({ case: asked, calls }) {
  let ms = 0;
  for (let call = 0; call < calls; call++) {
    const work = await run({ name: asked.row, images: asked.batch, seed: seed++ });
    const start = performance.now();
    await work();
    ms += performance.now() - start;
  }
  return { ms: ms / calls };
}

/** What a case does, made ready. */
async function ours({ name, images, seed }, jpeg, files) {
  if (name === 'read idx') {
    const files = [idx([images, 32, 96], noise(images * size)), idx([images], new Uint8Array(images))];
    return async () => read(await idxImages({ images: files[0], labels: files[1], classes: 10 }));
  }
  if (name === 'read cifar') {
    const records = noise(images * (size + 1));
    for (let i = 0; i < images; i++) records[i * (size + 1)] = i % 10;
    return async () => read(await cifarImages({ files: [records] }));
  }
  const readers = {
    'read svhn': async () => svhnImages({ file: await fileBytes(join(files, 'svhn.mat')) }),
    'read npz': async () => npzImages({ file: await fileBytes(join(files, 'images.npz')) }),
    'read csv': async () =>
      csvImages({ bytes: await fileBytes(join(files, 'images.csv')), shape: [32, 32, 3], classes: 10 }),
  };
  if (name in readers) return async () => read(await readers[name]());
  if (name === 'read parquet') {
    const file = await parquet(images);
    return async () => read(await parquetImages({ files: [file], classes: 10 }));
  }
  if (name === 'photograph') {
    return async () => {
      for (let i = 0; i < images; i++) {
        const image = await decodeImage('photograph', jpeg);
        const scale = 256 / Math.min(image.width, image.height);
        const [width, height] = [image.width, image.height].map((side) => Math.max(256, Math.floor(side * scale)));
        centerCrop(resize(image, width, height, 'bilinear'), 224, 224);
      }
    };
  }
  const y = Int32Array.from({ length: images }, (_, i) => i % 10);
  const data = fromArrays({ x: noise(images * size), shape: [images, 32, 32, 3], y, classes: 10 });
  if (corruptions.some((each) => each.name === name)) {
    return () => read(corrupted(data, { corruption: name, severity: 3, seed }));
  }
  const made = {
    batches: () => data,
    crop: () => augmented(data, randomCrop()),
    flip: () => augmented(data, randomFlip()),
    'crop and flip': () => augmented(data, compose(randomCrop(), randomFlip())),
    cutout: () => augmented(data, cutout({ size: 16 })),
    cutMix: () => cutMix(data, { probability: 1 }),
    mixUp: () => mixUp(data),
    autoAugment: () => augmented(data, autoAugment()),
    randAugment: () => augmented(data, randAugment()),
  };
  return () => read(made[name](), seed);
}

async function read(data, seed) {
  for await (const _ of data.batches({ batchSize, ...(seed !== undefined && { seed }) }));
}

async function parquet(images) {
  const { parquetWriteBuffer } = await import('hyparquet-writer').catch((cause) => {
    throw new Error('its file is written by the package hyparquet-writer: npm install hyparquet-writer', { cause });
  });
  const pixels = noise(images * size);
  const pictures = Array.from({ length: images }, (_, i) =>
    encode({ width: 32, height: 32, channels: 3, data: pixels.subarray(i * size, (i + 1) * size) }),
  );
  const columnData = [
    { name: 'image', data: pictures, type: 'BYTE_ARRAY' },
    { name: 'label', data: pictures.map((_, i) => i % 10), type: 'INT32' },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function idx(shape, bytes) {
  const file = new Uint8Array(4 + 4 * shape.length + bytes.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x800 + shape.length);
  shape.forEach((length, i) => {
    view.setUint32(4 + 4 * i, length);
  });
  file.set(bytes, 4 + 4 * shape.length);
  return file;
}

/** The same by tf.data, whose users write crop and flip with tensors. */
async function openTfData(module) {
  const data = await import(module);
  const { pad, reverse, setBackend, slice, tensor3d, tidy } = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  await setBackend('cpu');
  const below = (n) => Math.floor(Math.random() * n);
  const changes = {
    batches: (x) => x,
    crop: (x) =>
      slice(
        pad(x, [
          [4, 4],
          [4, 4],
          [0, 0],
        ]),
        [below(9), below(9), 0],
        [32, 32, 3],
      ),
    flip: (x) => (below(2) ? reverse(x, 1) : x.clone()),
  };
  changes['crop and flip'] = (x) => changes.flip(changes.crop(x));
  run = async ({ name, images, seed }) => {
    const bytes = noise(images * size);
    const rows = Array.from({ length: images }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    return async () => {
      const set = data
        .array(rows.map((_, i) => i))
        .shuffle(images, String(seed))
        .map((i) =>
          tidy(() =>
            changes[name](
              tensor3d(
                Float32Array.from(rows[i], (value) => value / 255),
                [32, 32, 3],
              ),
            ),
          ),
        )
        .batch(batchSize);
      await set.forEachAsync((batch) => batch.dispose());
    };
  };
  return { words: `tf.data ${data.version_data}, backend cpu` };
}
