import { describe, expect, it } from 'vitest';
import { type SafetensorsDtype, toTypedArray } from './safetensors-dtype';

/** Bytes of `values`, which start `offset` bytes into their buffer. */
function bytesOf(values: ArrayBufferView, offset = 0): Uint8Array {
  const bytes = new Uint8Array(offset + values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
  return bytes.subarray(offset);
}

describe('toTypedArray', () => {
  const cases: [SafetensorsDtype, ArrayBufferView & { length: number }][] = [
    ['F32', Float32Array.of(1.5, -0, Number.NaN, Infinity, 1e-45)],
    ['F64', Float64Array.of(Math.PI, -Infinity, 5e-324)],
    ['I8', Int8Array.of(-128, 127)],
    ['I16', Int16Array.of(-32768, 32767)],
    ['I32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ['I64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    ['U8', Uint8Array.of(0, 255)],
    ['U16', Uint16Array.of(0, 65535)],
    ['U32', Uint32Array.of(0, 2 ** 32 - 1)],
    ['U64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ['BOOL', Uint8Array.of(0, 1, 1)],
  ];

  it.each(cases)('%s as a view where aligned, a copy where not', (dtype, values) => {
    for (const offset of [0, 8, 1, 3, 4]) {
      const data = bytesOf(values, offset);
      const got = toTypedArray({ dtype, shape: [1, values.length], data });
      expect(got).toStrictEqual(values);
      expect(got.buffer === data.buffer).toBe(offset % got.BYTES_PER_ELEMENT === 0);
    }
  });

  it('copies where a Buffer of Node, whose slice is a view, is not aligned', () => {
    const values = Float32Array.of(1.5, -2, 3);
    const data = Buffer.concat([Buffer.alloc(1), Buffer.from(values.buffer)]).subarray(1);
    expect(toTypedArray({ dtype: 'F32', shape: [3], data })).toStrictEqual(values);
  });

  it.each([
    // IEEE 754 binary16.
    [
      'F16',
      [0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x03ff, 0x0001],
      [1, -2, 0.333251953125, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24],
    ],
    ['F16', [0x0000, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0xfc01], [0, -0, Infinity, -Infinity, Number.NaN, Number.NaN]],
    ['BF16', [0x3f80, 0xc040, 0x4049, 0x0001, 0x7f7f], [1, -3, 3.140625, 2 ** -133, 255 * 2 ** 120]],
    ['BF16', [0x0000, 0x8000, 0x7f80, 0xff80, 0x7fc0], [0, -0, Infinity, -Infinity, Number.NaN]],
  ] as const)('%s widened to float32', (dtype, bits, values) => {
    for (const offset of [0, 1]) {
      const data = bytesOf(Uint16Array.from(bits), offset);
      expect(toTypedArray({ dtype, shape: [bits.length], data })).toStrictEqual(Float32Array.from(values));
    }
  });

  it('gives a scalar one element and an empty tensor none', () => {
    expect(toTypedArray({ dtype: 'F32', shape: [], data: bytesOf(Float32Array.of(7)) })).toEqual(Float32Array.of(7));
    expect(toTypedArray({ dtype: 'F64', shape: [3, 0], data: new Uint8Array(0) })).toEqual(new Float64Array(0));
  });

  it.each([
    ['BOOL', [2], [1, 7], 'a BOOL must be 0 or 1, got 7'],
    ['F8_E4M3', [2], [0, 0], 'no typed array holds the dtype F8_E4M3'],
    ['F4', [2], [0], 'unknown dtype "F4"'],
    ['constructor', [2], [0], 'unknown dtype "constructor"'],
    ['F32', [2], [0, 0, 0, 0], 'toTypedArray: F32 of shape [2] needs 8 bytes, got 4'],
    ['U8', [2 ** 52, 4], [], 'toTypedArray: shape [4503599627370496, 4] has more elements than can be counted'],
  ])('refuses %s of shape %j with bytes %j', (dtype, shape, data, message) => {
    const entry = { dtype: dtype as SafetensorsDtype, shape, data: Uint8Array.from(data) };
    expect(() => toTypedArray(entry)).toThrow(`safetensors: ${message}`);
  });
});
