import { deflateRawSync } from 'node:zlib';
import { crc32 } from './crc-32';

/** One file of an archive to be written. */
export interface ZipEntry {
  name: string;
  data?: Uint8Array;
  /** Default 0, stored; 8 is deflated. */
  method?: number;
  /** Bytes that are to follow the data, of which only the places are kept free: the archive is given without them. */
  gap?: number;
  /** What the directory says, where it is not so. */
  says?: {
    size?: number;
    packed?: number;
    crc?: number;
    offset?: number;
    name?: string;
    flags?: number;
    mode?: number;
  };
}

/** A zip archive of whatever is asked for, hostile names and sizes too; `large` writes all its sizes as zip64. */
export function zipOf(entries: readonly ZipEntry[], { large = false, comment = '' } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const length = (list: readonly Buffer[]) => list.reduce((sum, part) => sum + part.length, 0);
  let gaps = 0;
  for (const { name, data = new Uint8Array(), method = 0, says = {}, gap = 0 } of entries) {
    const body = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const {
      size = data.length + gap,
      packed = body.length + gap,
      crc = crc32(data),
      offset = length(parts) + gaps,
    } = says;
    gaps += gap;
    const given = Buffer.from(name);
    const said = Buffer.from(says.name ?? name);
    const sizes = (first: number, second: number) => (large ? u32(0xffffffff, 0xffffffff) : u32(first, second));
    const start = [u16(20, says.flags ?? 0, method, 0, 0), u32(crc)];
    parts.push(u32(0x04034b50), ...start, sizes(packed, size), u16(given.length, 0), given, body);
    const extra = large
      ? Buffer.concat([u16(0xcafe, 3), Buffer.from('abc'), u16(1, 24), u64(size, packed, offset)])
      : u16();
    const mode = u32(((says.mode ?? 0) << 16) >>> 0);
    const place = large ? u32(0xffffffff) : u32(offset);
    const names = u16(said.length, extra.length, 0, 0, 0);
    directory.push(u32(0x02014b50), u16(20), ...start, sizes(packed, size), names, mode, place, said, extra);
  }
  const [at, size] = [length(parts) + gaps, length(directory)];
  if (large) {
    const end = [u32(0x06064b50), u64(44), u16(45, 45), u32(0, 0), u64(entries.length, entries.length, size, at)];
    directory.push(...end, u32(0x07064b50, 0), u64(at + size), u32(1));
  }
  const counts = large ? u16(0xffff, 0xffff) : u16(entries.length, entries.length);
  const places = large ? u32(0xffffffff, 0xffffffff) : u32(size, at);
  const end = [u32(0x06054b50), u16(0, 0), counts, places, u16(comment.length), Buffer.from(comment)];
  return Uint8Array.from(Buffer.concat([...parts, ...directory, ...end]));
}

const numbers = (values: readonly number[], width: number) => {
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, i) => {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), 8 * i);
    else bytes.writeUIntLE(value, width * i, width);
  });
  return bytes;
};
const u16 = (...values: number[]) => numbers(values, 2);
const u32 = (...values: number[]) => numbers(values, 4);
const u64 = (...values: number[]) => numbers(values, 8);
