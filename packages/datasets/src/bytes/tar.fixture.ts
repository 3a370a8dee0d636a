/** One entry of an archive to be written. */
export interface TarEntry {
  name: string;
  data?: Uint8Array;
  /** Default `0`, a file. */
  type?: string;
  /** Default the length of the data. */
  size?: number;
  prefix?: string;
}

const block = 512;

/** A ustar archive of whatever is asked for, hostile names and sizes too. */
export function tarOf(...entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ name, data = new Uint8Array(), type = '0', size = data.length, prefix = '' }) => {
    const header = new Uint8Array(block);
    const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
    write(name, 0);
    write(size.toString(8).padStart(11, '0'), 124);
    write(type, 156);
    write('ustar\0', 257);
    write(prefix, 345);
    const body = new Uint8Array(Math.ceil(data.length / block) * block);
    body.set(data);
    return [sealed(header), body];
  });
  return Uint8Array.from(Buffer.concat([...blocks, new Uint8Array(2 * block)]));
}

/** Headers with the checksums that they should have, where they stand in an archive; the array given is changed. */
export function sealed(archive: Uint8Array): Uint8Array {
  for (let at = 0; at + block <= archive.length; at += block) {
    const header = archive.subarray(at, at + block);
    if (header[257] !== 'u'.charCodeAt(0)) continue;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  }
  return archive;
}
