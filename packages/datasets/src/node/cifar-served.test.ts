import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toCifarBinary } from '../arrays/to-cifar-binary';
import { tarOf } from '../bytes/tar.fixture';
import type { Dataset } from '../dataset';
import { cifar10 } from '../sets/cifar';
import { cifar10Jpeg } from '../sets/cifar10-jpeg';
import { inMemory } from '../views/in-memory';
import { select } from '../views/select';
import { cachedFiles, type FileSet } from './cached-files';
import { fileServer } from './file-server.fixture';
import { folderFiles } from './folder-files';

const shared = new URL('../../../../../shared/datasets/cifar10/', import.meta.url).pathname;
const full = process.env.AGOGE_TEST === 'full';
const batches = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agoge-cifar-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** All pixels and labels, in their order, by one hash. */
async function digestOf(data: Dataset): Promise<string> {
  const hash = createHash('sha256');
  for await (const { x, y } of data.batches({ batchSize: 1000, holds: 1 })) {
    hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength)).update(new Uint8Array(y.buffer));
  }
  return hash.digest('hex');
}

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const every = full ? 1 : 100;
const count = full ? 'all 60,000 images' : 'every 100th image (all with AGOGE_TEST=full)';

/** The images of the archive of JPEG files, decoded once. */
async function originals(split: 'train' | 'test'): Promise<Dataset> {
  const data = await cifar10Jpeg({ files: folderFiles(shared), split });
  expect(data).toMatchObject({ examples: split === 'train' ? 50_000 : 10_000, shape: [32, 32, 3], classes: 10 });
  const rows = Uint32Array.from({ length: data.examples / every }, (_, i) => i * every);
  return inMemory(select(data, rows, 'share'));
}

it.runIf(existsSync(shared))(
  `${count} of cifar10-jpeg, as the archive of CIFAR-10, come back the same through a line that breaks (needs ../shared/datasets)`,
  async () => {
    const [train, test] = [await originals('train'), await originals('test')];
    const each = train.examples / 5;
    const members = await Promise.all([
      ...batches.map(async (name, i) => ({
        name,
        data: await toCifarBinary(train, { from: i * each, to: (i + 1) * each }),
      })),
      toCifarBinary(test).then((data) => ({ name: 'test_batch.bin', data })),
    ]);
    const entries = members.map(({ name, data }) => ({ name: `cifar-10-batches-bin/${name}`, data }));
    const archive = gzipSync(tarOf(...entries), { level: 1 });

    const half = Math.floor(archive.length / 2);
    const server = await fileServer({ 'a.tar.gz': { bytes: archive, etag: '"a"', troubles: [{ breakAfter: half }] } });
    try {
      const file = { name: 'cifar-10-binary.tar.gz', size: archive.length, sha256: sum(archive) };
      const set: FileSet = { folder: 'cifar10', files: [{ ...file, urls: [`${server.address}/a.tar.gz`] }] };
      const files = cachedFiles(set, { home });
      for (const [split, original] of Object.entries({ train, test })) {
        const served = await cifar10({ files, split: split as 'train' | 'test' });
        expect(served.examples).toBe(original.examples);
        expect(await digestOf(served)).toBe(await digestOf(original));
      }
      const { asked } = server;
      expect(asked.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
      const from = Number(asked[1].range?.slice('bytes='.length, -1));
      expect(from).toBeLessThanOrEqual(half);
      expect(asked.map(({ sent }) => sent)).toEqual([half, archive.length - from]);
    } finally {
      await server.close();
    }
  },
  600_000,
);
