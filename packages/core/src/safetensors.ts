import { canonicalJson } from './canonical-json';
import { refusal, said, show } from './errors';
import { byteSize, checkByteLength, isDtype, refuse, type SafetensorsEntry } from './safetensors-dtype';
import { type HeaderEntry, parseHeader } from './safetensors-header';

/** What {@link readSafetensors} returns. `metadata` has no prototype: a key is there or it is `undefined`. */
export interface SafetensorsFile {
  tensors: Map<string, SafetensorsEntry>;
  metadata: Record<string, string>;
}

const maxHeader = 100_000_000;
const memoryBeyondFile = 64 * 1024 * 1024;

/**
 * Reads a safetensors file: 8 bytes header length `n` (little-endian), `n` bytes JSON, then the data.
 *
 * Made for files from anywhere. The tensors must cover the data without gap, overlap or rest; the header may have at most
 * 100,000,000 bytes (the format's own limit), a shape at most 32 dimensions, and what is allocated stays below the file's
 * size plus 64 MiB, whatever the header says. Throws a `FormatError` that names the tensor and the value, else returns
 * the tensors in the header's order, their `data` as views of `bytes` (nothing is copied).
 *
 * @see https://github.com/huggingface/safetensors#format
 * @example
 * const { tensors } = readSafetensors(await readFile('weights.safetensors'));
 * const bias = tensors.get('conv1.bias'); // { dtype: 'F32', shape: [32], data }
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (!(bytes instanceof Uint8Array)) {
    throw said(new TypeError(refusal('readSafetensors', 'bytes', 'a Uint8Array', bytes)));
  }
  if (bytes.length < 8) refuse(`a file has at least 8 bytes, got ${bytes.length}`);
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (headerLength > maxHeader) refuse(`the header may have at most ${maxHeader} bytes, got ${headerLength}`);
  if (headerLength > bytes.length - 8) {
    refuse(`the header should have ${headerLength} bytes, got ${bytes.length - 8} to the end of the file`);
  }
  const dataStart = 8 + Number(headerLength);
  const header = parseHeader(bytes.subarray(8, dataStart), bytes.length + memoryBeyondFile);
  checkCoverage(header.tensors, bytes.length - dataStart);

  const tensors = new Map<string, SafetensorsEntry>();
  for (const [name, { dtype, shape, begin, end }] of header.tensors) {
    tensors.set(name, { dtype, shape, data: bytes.subarray(dataStart + begin, dataStart + end) });
  }
  return { tensors, metadata: header.metadata };
}

/** Refuses tensors that overlap, leave a gap, or end before or after the data. */
function checkCoverage(tensors: ReadonlyMap<string, HeaderEntry>, dataLength: number): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of inOrder) {
    if (end > dataLength)
      refuse(`tensor ${show(name)}: data_offsets [${begin}, ${end}] pass the ${dataLength} bytes of data`);
    if (begin !== covered) {
      const fault = begin < covered ? 'overlap another tensor' : 'leave a gap';
      refuse(`tensor ${show(name)}: data_offsets [${begin}, ${end}] ${fault}, expected to begin at ${covered}`);
    }
    covered = end;
  }
  if (covered !== dataLength) refuse(`the tensors end at byte ${covered} of the data, which has ${dataLength}`);
}

/**
 * Writes a safetensors file.
 *
 * Tensors stand by size of their elements, largest first, then by name, metadata by key, the header padded to 8 bytes: so
 * every tensor is aligned, and the same tensors make the same bytes in whatever order they come.
 *
 * @param tensors pairs of name and tensor, such as a `Map`
 * @param metadata strings by key, such as `{ format: 'pt' }`
 * @returns new bytes, which {@link readSafetensors} reads: what it would refuse is not written but throws its `FormatError`
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: Readonly<SafetensorsEntry>]>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = [...tensors];
  for (const [name, { dtype, shape, data }] of entries) {
    const where = `tensor ${show(name)}`;
    if (name === '__metadata__') refuse(`${where}: the name is the metadata's`);
    if (!isDtype(dtype)) refuse(`${where}: unknown dtype ${show(dtype)}`);
    const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
    if (wrong !== undefined) refuse(`${where}: shape must be whole numbers >= 0, got ${show(wrong)}`);
    checkByteLength(where, dtype, shape, data.length);
  }
  entries.sort(([a, left], [b, right]) => byteSize(right.dtype) - byteSize(left.dtype) || (a < b ? -1 : 1));

  const members = metadata === undefined ? [] : [`"__metadata__":${canonicalJson(metadata)}`];
  let dataLength = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const offsets = [dataLength, dataLength + data.length];
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: offsets })}`);
    dataLength += data.length;
  }
  const header = new TextEncoder().encode(`{${members.join(',')}}`);
  const headerLength = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + dataLength).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(header, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of entries) {
    bytes.set(data, at);
    at += data.length;
  }
  readSafetensors(bytes);
  return bytes;
}
