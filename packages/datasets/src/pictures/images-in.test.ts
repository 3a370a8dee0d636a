import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../bytes/bytes';
import { feedOf } from '../bytes/feed';
import { unpackedFeed } from '../bytes/inflate';
import { fuzz, mutations } from '../bytes/mutations.fixture';
import { tarFiles } from '../bytes/tar';
import { sealed, tarOf } from '../bytes/tar.fixture';
import { fileBytes } from '../node/file-bytes';
import { folderFiles } from '../node/folder-files';
import { imagesInTar } from '../sets/set-files';
import { imageFolder } from './image-folder';
import { imagesIn } from './images-in';
import { bytesOfText, figures } from './pillow.fixture';

const data = bytesOfText(figures.files[0].file);
const archive = (...names: string[]) => {
  const bytes = tarOf(...names.map((name) => ({ name, data })), { name: 'set/README', data: new Uint8Array(5) });
  return tarFiles('archive', feedOf('archive', bytesOf(bytes)));
};

describe('imagesIn', () => {
  it('gives the images of an archive under their names, and no others', async () => {
    const files = await imagesIn(
      archive('set/train/a/1.jpg', 'set/train/b/1.JPEG', 'set/val/a/1.jpg', 'other/a/1.jpg'),
      {
        under: 'set',
      },
    );
    expect(await files.list()).toEqual(['train/a/1.jpg', 'train/b/1.JPEG', 'val/a/1.jpg']);
    expect(await files.open({ name: 'set/README' })).toBeUndefined();
    const { examples, shape } = await imageFolder({ files, split: 'train' });
    expect({ examples, shape }).toEqual({ examples: 2, shape: [10, 12, 3] });
  });

  it('takes names for names', async () => {
    const files = await imagesIn(archive('__proto__/a.png', 'constructor/b.png'));
    expect(await files.list()).toEqual(['__proto__/a.png', 'constructor/b.png']);
    expect((await imageFolder({ files })).classNames).toEqual(['__proto__', 'constructor']);
  });

  it('keeps no more than it may, and refuses what is none of its options', async () => {
    await expect(imagesIn(archive('a/1.jpg', 'b/1.jpg'), { most: 2 * data.length - 1 })).rejects.toThrow(
      `imagesIn: there are more than most = ${2 * data.length - 1} bytes of images`,
    );
    await expect(imagesIn(archive('a/1.jpg', 'b/1.jpg'), { most: 2 * data.length })).resolves.toBeDefined();
    await expect(imagesIn(archive(), { root: 'a' } as never)).rejects.toThrow('imagesIn: unknown option "root"');
    await expect(imagesIn(archive('a/1.jpg', 'a/1.jpg'))).rejects.toThrow('imagesIn: there are two images "a/1.jpg"');
  });
});

it('archives of images are read or refused however they are damaged', async () => {
  const image = data.subarray(0, 300);
  const names = ['set/a/1.png', 'set/b/2.jpg', 'other/c/3.webp', 'set/README'];
  const plain = tarOf(...names.map((name) => ({ name, data: image })));
  const found = await fuzz(
    async (given) => {
      const isPacked = given[0] === 0x1f && given[1] === 0x8b;
      const files = await imagesInTar('archive', bytesOf(isPacked ? given : sealed(given)), {
        under: 'set',
        most: 1000,
      });
      for (const name of await files.list()) {
        const bytes = await files.open({ name });
        expect(bytes?.length).toBeLessThanOrEqual(1000);
      }
    },
    [plain, plain, gzipSync(plain)],
  );
  expect(found.read).toBeGreaterThan(mutations / 20);
  expect(found.refused).toBeGreaterThan(mutations / 5);
}, 7_200_000);

const real = fileURLToPath(new URL('../../../../../shared/datasets/cifar10/cifar10-jpeg.tar.gz', import.meta.url));
const full = process.env.AGOGE_TEST === 'full';
describe.runIf(existsSync(real))('cifar10-jpeg.tar.gz (needs ../shared/datasets)', () => {
  const opened = async () => {
    const feed = await unpackedFeed('cifar10-jpeg', await fileBytes(real), 2 ** 30);
    return imagesIn(tarFiles('cifar10-jpeg', feed), { under: 'cifar10' });
  };

  it('has 10,000 images to test with, of which some are read', async () => {
    const test = await imageFolder({ files: await opened(), split: 'test' });
    expect(test).toMatchObject({ examples: 10_000, classes: 10, shape: [32, 32, 3] });
    const x = new Float32Array(100 * 3072);
    await test.read(
      Uint32Array.from({ length: 100 }, (_, i) => 99 * i),
      x,
    );
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    expect(mean).toBeGreaterThan(0.42);
    expect(mean).toBeLessThan(0.52);
  });

  it.runIf(full)(
    'opens from 60,000 files on disk as from the archive (AGOGE_TEST=full)',
    async () => {
      const files = await opened();
      const folder = await mkdtemp(join(tmpdir(), 'agoge-cifar-'));
      try {
        for (const name of await files.list()) {
          const bytes = await files.open({ name });
          await mkdir(dirname(join(folder, name)), { recursive: true });
          if (bytes) await writeFile(join(folder, name), await bytes.read(0, bytes.length));
        }
        const start = performance.now();
        const [train, test] = [
          await imageFolder({ files: folderFiles(folder), split: 'train' }),
          await imageFolder({ files: folderFiles(folder), split: 'test' }),
        ];
        console.log(`60,000 files opened in ${((performance.now() - start) / 1000).toFixed(1)} s`);
        expect([train.examples, test.examples]).toEqual([50_000, 10_000]);
        expect(test.hash).toBe((await imageFolder({ files, split: 'test' })).hash);
        for await (const { y } of train.batches({ batchSize: 1000 })) expect(y).toHaveLength(1000);
        console.log(`opened and all read in ${((performance.now() - start) / 1000).toFixed(1)} s`);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    600_000,
  );
});
