import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namedFiles } from '../bytes/data-files';
import { servedFiles } from '../bytes/served-files';
import { hubFiles } from '../parquet/hub-files';
import { parquetImages } from '../parquet/parquet-images';
import { imageFolder } from '../pictures/image-folder';
import { mnist } from '../sets/mnist';
import { parquet } from '../sets/parquet';
import { fileServer, type Served } from './file-server.fixture';

const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url)));
const text = (letters: string) => new TextEncoder().encode(letters);
const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6, 7, 8]);
const labels = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 3, 9]);
const set = {
  't10k-images-idx3-ubyte.gz': new Uint8Array(gzipSync(images)),
  't10k-labels-idx1-ubyte.gz': new Uint8Array(gzipSync(labels)),
};

let given: Record<string, Served>;
let server: Awaited<ReturnType<typeof fileServer>>;
beforeEach(async () => {
  given = Object.fromEntries(Object.entries(set).map(([name, bytes]) => [`data/mnist/${name}`, { bytes }]));
  server = await fileServer(given);
});
afterEach(() => server.close());

describe('servedFiles', () => {
  it('gives a set what lies in a folder', async () => {
    const { hash, labels } = await mnist({ files: servedFiles(`${server.address}/data/mnist`), split: 'test' });
    expect(hash).toBe((await mnist({ files: namedFiles(set), split: 'test' })).hash);
    expect([...labels]).toEqual([3, 9]);
    expect(server.asked.map(({ path }) => path.slice('/data/mnist/t10k-'.length))).toEqual([
      'images-idx3-ubyte',
      'images-idx3-ubyte.gz',
      'labels-idx1-ubyte',
      'labels-idx1-ubyte.gz',
    ]);
  });

  it('sends headers, fetches long files in parts, and takes a page of HTML for none', async () => {
    given['a%20b/c%23.npy'] = { bytes: new Uint8Array(1000).fill(7), etag: '"one"' };
    given['page.npy'] = { bytes: text('<!doctype html>'), type: 'text/html; charset=utf-8' };
    const headers = { authorization: 'Bearer x' };
    const open = (name: string, mostWhole: number) =>
      servedFiles(new URL(server.address), { headers, mostWhole }).open({ name });
    expect(await (await open('a b/c#.npy', 1000))?.read(998, 1000)).toEqual(Uint8Array.of(7, 7));
    expect(server.asked).toMatchObject([{ authorization: 'Bearer x', range: undefined, sent: 1000 }]);
    const long = await open('a b/c#.npy', 999);
    expect(long).toMatchObject({ length: 1000, tag: '"one"' });
    expect(await long?.read(998, 1000)).toEqual(Uint8Array.of(7, 7));
    expect(server.asked.slice(2)).toMatchObject([
      { authorization: 'Bearer x', range: 'bytes=0-0', sent: 1 },
      { authorization: 'Bearer x', range: 'bytes=998-999', sent: 2 },
    ]);
    expect(await open('page.npy', 1000)).toBeUndefined();
    expect(await open('none', 1000)).toBeUndefined();
  });

  it('lists what it is told of', async () => {
    const names = ['b/1.png', 'a/1.png', 'bb/1.png'];
    expect(await servedFiles(server.address, { names }).list('b')).toEqual(['b/1.png']);
    expect(await servedFiles(server.address, { names }).list()).toEqual(['a/1.png', 'b/1.png', 'bb/1.png']);
    await expect(imageFolder({ files: servedFiles(server.address) })).rejects.toThrow(
      `servedFiles: a server does not say what files there are under ${server.address}/: give names`,
    );
  });

  it('refuses other answers, files that break off or go on, names that lead out, and addresses that are none', async () => {
    const bytes = new Uint8Array(100_000);
    given.x = { bytes, troubles: [{ status: 503 }, { breakAfter: 20_000 }] };
    given.y = { bytes, length: false };
    const open = (name: string) =>
      servedFiles(server.address, { mostWhole: 99_999 + Number(name === 'x') }).open({ name });
    await expect(open('x')).rejects.toThrow(`${server.address}/x: the server answers 503 Service Unavailable`);
    await expect(open('x')).rejects.toThrow(/\/x: broke off after \d+ bytes: /);
    await expect(open('y')).rejects.toThrow(`${server.address}/y: has more than the 99999 bytes that are taken`);
    await expect(open('../x')).rejects.toThrow('servedFiles: names a file outside its own folder: "../x"');
    expect(() => servedFiles('/data/mnist')).toThrow('servedFiles: baseUrl must be an address, http or https, got');
    expect(() => servedFiles('file:///etc')).toThrow('servedFiles: baseUrl must be an address');
    expect(() => servedFiles(server.address, { name: [] } as never)).toThrow('unknown option "name"');
  });

  it('stops at its signal, or at that of one file', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(servedFiles(server.address, { signal }).open({ name: 'x' })).rejects.toThrow('enough');
    const abort = new AbortController();
    given.x = { bytes: new Uint8Array(50_000), troubles: [{ silentAfter: 20_000 }] };
    const late = servedFiles(server.address, { signal: new AbortController().signal }).open(
      { name: 'x' },
      abort.signal,
    );
    setTimeout(() => abort.abort(new Error('late')), 50);
    await expect(late).rejects.toThrow('late');
  });
});

describe('hubFiles', () => {
  const api = 'api/datasets/some/set-1.0/parquet/plain_text/test';
  const hub = (more: object = {}) =>
    hubFiles({ repository: 'some/set-1.0', config: 'plain_text', split: 'test', baseUrl: server.address, ...more });
  const lists = (list: unknown) => {
    given[api] = { bytes: text(JSON.stringify(list)) };
  };

  it('finds the shards of a split, in their order, and reads parts of them', async () => {
    lists([0, 1].map((i) => `${server.address}/${api}/${i}.parquet`));
    for (const i of [0, 1]) given[`${api}/${i}.parquet`] = { bytes: golden(`shard-${i}`), etag: `"${i}"` };
    const files = hub({ headers: { authorization: 'Bearer x' } });
    expect(await files.list()).toEqual(['test-00000-of-00002.parquet', 'test-00001-of-00002.parquet']);
    const data = await parquet({ files, split: 'test' });
    const local = await parquetImages({ files: [golden('shard-0'), golden('shard-1')] });
    expect(data).toMatchObject({ classNames: ['ant', 'bee', 'cat'], shape: [5, 6, 3], labels: local.labels });
    const [own, other] = [new Float32Array(11 * 90), new Float32Array(11 * 90)];
    const all = Uint32Array.from({ length: 11 }, (_, i) => i);
    await Promise.all([data.read(all, own), local.read(all, other)]);
    expect(own).toEqual(other);
    expect(server.asked.filter(({ path }) => path === `/${api}`)).toHaveLength(1);
    expect(server.asked.every(({ authorization }) => authorization === 'Bearer x')).toBe(true);
    expect(await files.open({ name: 'train-00000-of-00001.parquet' })).toBeUndefined();
  });

  it('tells no other host what it tells the hub', async () => {
    const other = await fileServer({ '0.parquet': { bytes: golden('plain') } });
    try {
      lists([`${other.address}/0.parquet`]);
      await parquet({ files: hub({ headers: { authorization: 'Bearer x' } }), split: 'test' });
      expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer x']);
      expect(new Set(other.asked.map(({ authorization }) => authorization))).toEqual(new Set([undefined]));
    } finally {
      await other.close();
    }
  });

  it.each<[unknown, string]>([
    [{ error: 'x' }, 'is no list of addresses'],
    [['file:///etc/passwd'], 'is no list of addresses'],
    [[1], 'is no list of addresses'],
    [[], 'lists no files'],
  ])('refuses the answer %j', async (list, message) => {
    lists(list);
    await expect(hub().list()).rejects.toThrow(`${server.address}/${api}: ${message}`);
  });

  it('asks again after a failure, and refuses names that are none', async () => {
    given[api] = { bytes: text('[]'), troubles: [{ status: 401 }] };
    const files = hub();
    await expect(files.list()).rejects.toThrow(`/${api}: the server answers 401 Unauthorized`);
    await expect(files.list()).rejects.toThrow('lists no files');
    expect(() => hub({ repository: 'cifar10' })).toThrow('hubFiles: repository must be owner/name, got "cifar10"');
    expect(() => hub({ split: 'train/../x' })).toThrow('hubFiles: split must be letters, digits,');
    expect(() => hub({ baseUrl: 'hub' })).toThrow('hubFiles: baseUrl must be an address, http or https, got "hub"');
    expect(() => hub({ revision: 'main' })).toThrow('hubFiles: unknown option "revision"');
  });
});
