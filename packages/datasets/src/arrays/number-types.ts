/** How numbers lie in files, by numpy's letters: boolean, unsigned, signed or floating, and how many bytes each has. */
export type NumberType = 'b1' | 'u1' | 'i1' | 'u2' | 'i2' | 'u4' | 'i4' | 'u8' | 'i8' | 'f2' | 'f4' | 'f8';

const readers: Readonly<Record<NumberType, (view: DataView, at: number, little: boolean) => number>> = {
  b1: (view, at) => view.getUint8(at),
  u1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** Whether there are numbers of this type. */
export const isNumberType = (name: string): name is NumberType => Object.hasOwn(readers, name);

/** Bytes of a number. */
export const widthOf = (type: NumberType): number => Number(type[1]);

/**
 * Writes the numbers that bytes hold, one after another; whole numbers of 8 bytes beyond 2^53 are rounded.
 *
 * @param bytes as many as `out` needs
 * @param little whether the byte that counts least comes first
 */
export function readNumbers<Out extends Float32Array | Float64Array>(
  bytes: Uint8Array,
  type: NumberType,
  little: boolean,
  out: Out,
): Out {
  if (type === 'u1') {
    out.set(bytes);
    return out;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [read, width] = [readers[type], widthOf(type)];
  for (let i = 0; i < out.length; i++) out[i] = read(view, i * width, little);
  return out;
}

/** A float of 16 bits: sign, 5 bits of exponent, 10 bits of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
