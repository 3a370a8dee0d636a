import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './bytes';
import { crc32 } from './crc-32';
import { fuzz, mutations } from './mutations.fixture';
import { openMember, zipMembers } from './zip';
import { type ZipEntry, zipOf } from './zip.fixture';

const bytes = (text: string) => new TextEncoder().encode(text);
const long = bytes('again and again '.repeat(500));

async function read(archive: Uint8Array, most = 1e6): Promise<[string, Uint8Array][]> {
  const given = bytesOf(archive);
  const members = [...(await zipMembers('archive', given)).values()];
  return Promise.all(
    members.map(async (member) => {
      const file = await openMember('archive', given, member, most);
      return [member.name, await file.read(0, file.length)] as [string, Uint8Array];
    }),
  );
}

describe('zip archives', () => {
  const entries: ZipEntry[] = [
    { name: 'folder/' },
    { name: './folder/stored', data: bytes('as it is') },
    { name: 'folder/deflated', data: long, method: 8 },
    { name: 'empty' },
  ];
  it.each<[string, Uint8Array]>([
    ['as they are', zipOf(entries)],
    ['with zip64', zipOf(entries, { large: true })],
    ['with a comment', zipOf(entries, { comment: 'which speaks of PK\u0005\u0006 and other things'.repeat(9) })],
  ])('are read %s', async (_, archive) => {
    expect(await read(archive)).toEqual([
      ['folder/stored', bytes('as it is')],
      ['folder/deflated', long],
      ['empty', new Uint8Array()],
    ]);
  });

  const file = { name: 'a', data: bytes('text') };
  const packed = { name: 'a', data: long, method: 8 };
  const good = zipOf([file]);
  it.each<[string, Uint8Array, string]>([
    ['a name with ..', zipOf([{ ...file, name: 'b/../../a' }]), 'names a file outside its own folder: "b/../../a"'],
    ['an absolute name', zipOf([{ ...file, name: '/a' }]), 'outside its own folder: "/a"'],
    ['a folder outside', zipOf([{ name: '../' }]), 'outside its own folder: "../"'],
    ['a link', zipOf([{ ...file, says: { mode: 0xa1ff } }]), '"a" is a symbolic link'],
    ['a name twice', zipOf([file, file]), 'has two files of the name "a"'],
    ['another name where it lies', zipOf([{ ...file, says: { name: 'b' } }]), 'archive: b: is named "a" where it lies'],
    ['an encrypted file', zipOf([{ ...file, says: { flags: 1 } }]), 'archive: a: is encrypted'],
    ['another method', zipOf([{ ...file, method: 12 }]), 'archive: a: is packed by the method 12'],
    ['a bomb', zipOf([{ ...packed, data: new Uint8Array(2e6) }]), 'a: unpacks to 2000000 bytes, more than the 1000000'],
    [
      'a bomb that says it is none',
      zipOf([{ ...packed, data: new Uint8Array(2e6), says: { size: 10 } }]),
      'archive: a: ',
    ],
    ['a size more', zipOf([{ ...packed, says: { size: 8001 } }]), 'archive: a: cannot be unpacked: incorrect length'],
    [
      'a stored size more',
      zipOf([{ ...file, says: { size: 5 } }]),
      'archive: a: is stored in 4 bytes, but is to have 5',
    ],
    ['a checksum', zipOf([{ ...packed, says: { crc: 1 } }]), 'archive: a: cannot be unpacked: incorrect data check'],
    [
      'files in one another',
      zipOf([file, { name: 'b', says: { packed: 220 } }]),
      'has members that lie in one another',
    ],
    [
      'a place after the end',
      zipOf([{ ...file, says: { offset: 1e9 } }]),
      'a: is to lie at byte 1000000000, after the end',
    ],
    ['another place', zipOf([{ ...file, says: { offset: 1 } }]), 'archive: a: has no header at byte 1'],
    [
      'a vast size',
      zipOf([{ ...file, says: { size: 2 ** 60, packed: 2 ** 60 } }], { large: true }),
      'has a size of 11529215',
    ],
    ['an archive cut short', good.subarray(0, good.length - 1), 'it lacks the end of the directory'],
    ['a start cut off', good.subarray(10), 'is to have its directory, 47 bytes, at byte 35, after its end'],
    ['nothing', new Uint8Array(), 'archive: is no zip archive'],
    ['several parts', good.map((byte, i) => (i === good.length - 18 ? 1 : byte)), 'archive: is in several parts'],
    ['an entry more', good.map((byte, i) => (i === good.length - 12 ? 2 : byte)), 'no entry 1 at its byte 47'],
  ])('are refused with %s', async (_, archive, message) => {
    await expect(read(archive)).rejects.toThrow(message);
  });
});

it('zip archives are read or refused however they are damaged', async () => {
  const entries = [
    { name: 'a/b', data: bytes('as it is') },
    { name: 'packed', data: long.subarray(0, 600), method: 8 },
  ];
  const files = [zipOf(entries), zipOf(entries, { large: true }), zipOf(entries, { comment: 'some words' })];
  const found = await fuzz((given) => read(given), files);
  expect(found.read).toBeGreaterThan(mutations / 20);
  expect(found.refused).toBeGreaterThan(mutations / 3);
}, 7_200_000);

it('crc32 is that of zlib, whole or in parts', () => {
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
  const check = typeof zlibCrc32 === 'function' ? zlibCrc32(long) : crc32(long);
  expect(crc32(long.subarray(7), crc32(long.subarray(0, 7)))).toBe(check);
});
