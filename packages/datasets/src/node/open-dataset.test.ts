import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isFromFiles } from '../registry';
import { digits } from '../sets/digits';
import { openDataset } from './open-dataset';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agoge-open-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

it('opens what needs no files', async () => {
  expect((await openDataset('digits', { split: 'test' })).hash).toBe(digits({ split: 'test' }).hash);
  expect((await openDataset('shapes', { examples: 7 })).examples).toBe(7);
  await expect(openDataset('digits', {}, { folder: home })).rejects.toThrow(
    'openDataset: digits is read from no folder',
  );
});

it('tells of all that is missing at once, and asks nobody for it', async () => {
  const fetch = vi.fn();
  const opened = openDataset('mnist', { split: 'test' }, { home, fetch });
  await expect(opened).rejects.toThrow(
    /mnist lacks t10k-images-idx3-ubyte.gz .* from https:.*; t10k-labels-idx1-ubyte.gz .*: put it there/,
  );
  await expect(openDataset('svhn', { split: 'extra' }, { home, fetch })).rejects.toThrow('1329278602 bytes');
  expect(fetch).not.toHaveBeenCalled();
});

it('downloads when it is told to, from address after address', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('no', { status: 404 }));
  await expect(openDataset('mnist', {}, { home, fetch, download: true })).rejects.toThrow(
    'mnist: train-images-idx3-ubyte.gz could not be downloaded: https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz answered 404; https:',
  );
  expect(fetch.mock.calls.map(([url]) => new URL(String(url)).host)).toEqual([
    'ossci-datasets.s3.amazonaws.com',
    'storage.googleapis.com',
    'yann.lecun.com',
  ]);
});

it('reads a folder as it is, and asks for one where there is no other place', async () => {
  await expect(openDataset('cifar10', {}, { folder: home })).rejects.toThrow(
    'cifar10: there is no cifar-10-binary.tar.gz',
  );
  await expect(openDataset('imageFolder')).rejects.toThrow('openDataset: imageFolder needs the folder of its files');
  await expect(openDataset('mnits')).rejects.toThrow('did you mean "mnist"?');
  await expect(openDataset('mnist', {}, { where: home } as never)).rejects.toThrow('unknown option "where"');
  expect(isFromFiles('mnist')).toBe(true);
});

const shared = new URL('../../../../../shared/datasets/', import.meta.url).pathname;
it.runIf(existsSync(shared))(
  'opens MNIST and cifar10-jpeg where AGOGE_DATA says (needs ../shared/datasets)',
  async () => {
    vi.stubEnv('AGOGE_DATA', shared);
    expect((await openDataset('mnist', { split: 'test' })).examples).toBe(10_000);
    expect((await openDataset('cifar10-jpeg', { split: 'test' })).examples).toBe(10_000);
    await mkdir(join(home, 'mnist'));
    await cp(join(shared, 'mnist', 't10k-images-idx3-ubyte.gz'), join(home, 'mnist', 't10k-images-idx3-ubyte.gz'));
    const half = openDataset('mnist', { split: 'test' }, { home });
    await expect(half).rejects.toThrow(/lacks t10k-labels-idx1-ubyte.gz/);
  },
);
