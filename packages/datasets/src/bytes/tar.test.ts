import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './bytes';
import { feedOf } from './feed';
import { fuzz, mutations } from './mutations.fixture';
import { tarFiles, tarMembers } from './tar';
import { sealed, tarOf } from './tar.fixture';

const bytes = (text: string) => new TextEncoder().encode(text);
const archive = tarOf(
  { name: 'set/', type: '5' },
  { name: './set/a.txt', data: bytes('first') },
  { name: 'b.txt', prefix: 'set', data: new Uint8Array(1000).fill(7) },
  { name: 'set/empty' },
);

async function read(given: Uint8Array): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for await (const file of tarFiles('archive', feedOf('archive', bytesOf(given)))) {
    found.set(file.name, await file.read());
  }
  return found;
}

describe('tarFiles', () => {
  it('gives names and contents', async () => {
    expect([...(await read(archive))]).toEqual([
      ['set/a.txt', bytes('first')],
      ['set/b.txt', new Uint8Array(1000).fill(7)],
      ['set/empty', new Uint8Array()],
    ]);
  });

  it.each(['gnu', 'pax', 'ustar'])("reads Python's tarfile, %s", async (format) => {
    const packed = readFileSync(new URL(`../../test/golden/binary/cifar-${format}.tar.gz`, import.meta.url));
    const found = await read(gunzipSync(packed));
    const readme = `cifar-10-batches-bin/${'a-long-name/'.repeat(format === 'ustar' ? 7 : 20)}readme.html`;
    expect(found.get(readme)).toEqual(Buffer.from('text'));
    expect([...found.keys()].slice(1)).toEqual([
      ...[3, 1, 5, 2, 4].map((batch) => `cifar-10-batches-bin/data_batch_${batch}.bin`),
      'cifar-10-batches-bin/test_batch.bin',
    ]);
  });

  const file = { name: 'a', data: bytes('text') };
  const pax = (record: string) => ({ name: 'pax', type: 'x', data: bytes(record) });
  it.each<[string, Uint8Array, string]>([
    ['a name with ..', tarOf({ ...file, name: 'set/../../a' }), 'names a file outside its own folder: "set/../../a"'],
    ['a name with ..\\', tarOf({ ...file, name: 'set\\..\\a' }), 'names a file outside its own folder'],
    ['an absolute name', tarOf({ ...file, name: '/etc/passwd' }), 'outside its own folder: "/etc/passwd"'],
    ['an absolute prefix', tarOf({ ...file, prefix: '/etc' }), 'outside its own folder: "/etc/a"'],
    ['a drive', tarOf({ ...file, name: 'C:\\a' }), 'outside its own folder'],
    ['a folder outside', tarOf({ name: '../', type: '5' }), 'outside its own folder: "../"'],
    ['a long name outside', tarOf({ name: 'l', type: 'L', data: bytes('../a\0') }, file), 'its own folder: "../a"'],
    ['a pax name outside', tarOf(pax('13 path=../a\n'), file), 'outside its own folder: "../a"'],
    ['a hard link', tarOf({ name: 'a', type: '1' }), '"a" is a hard link; only files and folders are read'],
    ['a symbolic link', tarOf({ name: 'a', type: '2' }), '"a" is a symbolic link'],
    ['a device', tarOf({ name: 'a', type: '3' }), '"a" is a character device'],
    ['another type', tarOf({ name: 'a', type: 'Z' }), '"a" is of the unknown type "Z"'],
    ['a name twice', tarOf(file, file), 'has two files of the name "a"'],
    [
      'a vast size',
      tarOf({ ...file, size: 8 ** 11 - 1 }),
      'is cut short: 8589934591 bytes were to come after byte 512',
    ],
    ['a vast pax size', tarOf(pax('24 size=999999999999999\n'), file), 'is cut short: 999999999999999 bytes'],
    [
      'a vast header',
      tarOf({ name: 'l', type: 'L', size: 2 ** 20 }),
      'has a header of 1048576 bytes, more than the 65536',
    ],
    ['a pax size that is none', tarOf(pax('11 size=-1\n'), file), 'has a pax header with the size "-1"'],
    ['a pax record that is none', tarOf(pax('99 path=a\n'), file), 'has a damaged pax header, at byte 512'],
    ['a pax record without length', tarOf(pax('path=a\n'), file), 'has a damaged pax header, at byte 512'],
    ['a wrong checksum', archive.map((byte, i) => (i === 600 ? byte ^ 1 : byte)), 'the header at byte 512 has a wrong'],
    ['no archive', new Uint8Array(2000).fill(65), 'is no tar archive, or damaged'],
    ['an archive cut short', archive.subarray(0, 1500), 'is cut short'],
  ])('refuses %s', async (_, given, message) => {
    await expect(read(given)).rejects.toThrow(message);
    await expect(tarMembers('archive', bytesOf(given))).rejects.toThrow(/^archive: /);
  });
});

describe('tarMembers', () => {
  it('says where the bytes of each file lie, and reads none of them', async () => {
    const members = await tarMembers('archive', bytesOf(archive));
    expect([...members].map(([name, { length }]) => [name, length])).toEqual([
      ['set/a.txt', 5],
      ['set/b.txt', 1000],
      ['set/empty', 0],
    ]);
    expect(await members.get('set/a.txt')?.read(1, 5)).toEqual(bytes('irst'));
  });
});

it('tar archives are read or refused however they are damaged', async () => {
  const data = bytes('some text');
  const pax = { name: 'pax', type: 'x', data: bytes('14 path=a/long\n10 size=9\n') };
  const long = { name: 'long', type: 'L', data: bytes('another/name\0') };
  const files = [archive, tarOf(pax, { name: 'a', data }), tarOf(long, { name: 'b', data }, { name: 'c', data })];
  // With its checksums put right, or nothing but those would be tried.
  const found = await fuzz(async (given) => {
    const right = sealed(given);
    for (const file of (await tarMembers('archive', bytesOf(right))).values()) await file.read(0, file.length);
    await read(right);
  }, files);
  expect(found.read).toBeGreaterThan(mutations / 10);
  expect(found.refused).toBeGreaterThan(mutations / 10);
}, 7_200_000);
