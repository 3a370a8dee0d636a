import { FormatError, show } from './errors';

/** Bytes per element of each dtype of the format that fills whole bytes (the 4 and 6 bit floats do not). */
const byteSizes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;

/** The name of an element type in a safetensors header. */
export type SafetensorsDtype = keyof typeof byteSizes;

/** One tensor of a safetensors file. `data` holds its elements in C order, little-endian, `bytes per element x product of shape`. */
export interface SafetensorsEntry {
  dtype: SafetensorsDtype;
  shape: number[];
  data: Uint8Array;
}

/** What {@link toTypedArray} returns. */
export type SafetensorsValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

export function refuse(what: string): never {
  throw new FormatError('safetensors', what);
}

/** Whether `name` is a dtype of {@link SafetensorsDtype}. */
export function isDtype(name: string): name is SafetensorsDtype {
  return Object.hasOwn(byteSizes, name);
}

/** Bytes per element. */
export function byteSize(dtype: SafetensorsDtype): number {
  return byteSizes[dtype];
}

/** Refuses a shape and dtype that do not make exactly `byteLength` bytes; `where` names the tensor. */
export function checkByteLength(
  where: string,
  dtype: SafetensorsDtype,
  shape: readonly number[],
  byteLength: number,
): void {
  let needed = byteSize(dtype);
  for (const size of shape) {
    needed *= size;
    if (!Number.isSafeInteger(needed))
      refuse(`${where}: shape [${shape.join(', ')}] has more elements than can be counted`);
  }
  if (needed !== byteLength) {
    refuse(`${where}: ${dtype} of shape [${shape.join(', ')}] needs ${needed} bytes, got ${byteLength}`);
  }
}

/**
 * The elements of a tensor as a typed array.
 *
 * F32, F64, I8, I16, I32, I64, U8, U16, U32, U64 and BOOL (0 or 1 in a `Uint8Array`) come as the array of their kind: a
 * view of `entry.data` where that is aligned, else a copy. F16 and BF16 are widened, exactly, to a new `Float32Array`.
 * Machines are taken to be little-endian, as the format is.
 *
 * Throws a `FormatError` for a dtype without such an array (the 8 bit floats, C64), for a BOOL byte other than 0 or 1,
 * and for data that is not as long as dtype and shape say.
 */
export function toTypedArray(entry: Readonly<SafetensorsEntry>): SafetensorsValues {
  const { dtype, shape, data } = entry;
  if (!isDtype(dtype)) refuse(`unknown dtype ${show(dtype)}`);
  checkByteLength('toTypedArray', dtype, shape, data.byteLength);
  const size = byteSize(dtype);
  // Not `slice`, which of a Node Buffer copies nothing.
  const { buffer, byteOffset, length } = data.byteOffset % size === 0 ? data : new Uint8Array(data);
  const count = length / size;
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F64':
      return new Float64Array(buffer, byteOffset, count);
    case 'I8':
      return new Int8Array(buffer, byteOffset, count);
    case 'I16':
      return new Int16Array(buffer, byteOffset, count);
    case 'I32':
      return new Int32Array(buffer, byteOffset, count);
    case 'I64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'U8':
      return new Uint8Array(buffer, byteOffset, count);
    case 'U16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'U32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'U64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'BOOL':
      return booleans(new Uint8Array(buffer, byteOffset, count));
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), half);
    case 'BF16':
      return new Float32Array(
        Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (bits) => bits << 16).buffer,
      );
    default:
      return refuse(`no typed array holds the dtype ${dtype}`);
  }
}

function booleans(bytes: Uint8Array): Uint8Array {
  const wrong = bytes.find((byte) => byte > 1);
  if (wrong !== undefined) refuse(`a BOOL must be 0 or 1, got ${wrong}`);
  return bytes;
}

/** A binary16 number from its bits. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}
