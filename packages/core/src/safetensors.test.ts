import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, isUserError } from './errors';
import { readSafetensors, writeSafetensors } from './safetensors';
import { type SafetensorsDtype, type SafetensorsEntry, toTypedArray } from './safetensors-dtype';

/** A file of a header text (or bytes) and data, of the length that the header has unless another is said. */
function file(header: string | Uint8Array, data: readonly number[] = [], length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const u8 = (begin: number, end: number) => `{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]}`;

describe('readSafetensors', () => {
  it('reads a file made by hand, and copies nothing', () => {
    const header =
      '{"a":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6]},"b":{"shape":[],"data_offsets":[0,4],"dtype":"F32"}}  ';
    const bytes = file(header, [0, 0, 0xc0, 0x3f, 5, 6]);
    const { tensors, metadata } = readSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(tensors.get('a')).toEqual({ dtype: 'U8', shape: [2, 1], data: Uint8Array.of(5, 6) });
    expect(tensors.get('b')?.shape).toEqual([]);
    expect(tensors.get('b')?.data.buffer).toBe(bytes.buffer);
    expect(toTypedArray(tensors.get('b') as SafetensorsEntry)).toEqual(Float32Array.of(1.5));
    expect(Object.keys(metadata)).toEqual([]);
  });

  it('reads a file that lies inside a larger buffer', () => {
    const whole = file(`{"a":${u8(0, 2)}}`, [5, 6]);
    const around = new Uint8Array(whole.length + 5).fill(0xff);
    around.set(whole, 3);
    const { tensors } = readSafetensors(around.subarray(3, 3 + whole.length));
    expect(tensors.get('a')?.data).toEqual(Uint8Array.of(5, 6));
  });

  it.each([
    ['no tensor', '{}', []],
    ['white space of JSON', '{ \n\r\t}   ', []],
    ['tensors without elements', `{"a":${u8(0, 0)},"b":${u8(0, 1)},"c":${u8(1, 1)}}`, [1]],
    ['rank 32', `{"a":{"dtype":"U8","shape":[${Array(32).fill(1)}],"data_offsets":[0,1]}}`, [1]],
    ['the empty name', `{"":${u8(0, 1)}}`, [1]],
  ])('takes %s', (_, header, data) => {
    expect(readSafetensors(file(header, data)).tensors).toBeInstanceOf(Map);
  });

  it('takes the names of Object.prototype as names like any other', () => {
    const header = `{"__metadata__":{"__proto__":"p","constructor":"c"},"__proto__":${u8(0, 1)},"toString":${u8(1, 2)}}`;
    const { tensors, metadata } = readSafetensors(file(header, [1, 2]));
    expect([...tensors.keys()]).toEqual(['__proto__', 'toString']);
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(metadata.toString).toBeUndefined();
  });

  it('reads escapes and UTF-8 in names and metadata', () => {
    const header = `{"__metadata__":{"\\u00e9\\"\\\\":"\\n\\ud83d\\ude00 é 😀"},"größe":${u8(0, 1)}}`;
    const { tensors, metadata } = readSafetensors(file(header, [1]));
    expect([...tensors.keys()]).toEqual(['größe']);
    expect(metadata['é"\\']).toBe('\n😀 é 😀');
  });

  const invalidUtf8 = new TextEncoder().encode(`{"?":${u8(0, 1)}}`);
  invalidUtf8[2] = 0xff;
  const tensor = (fields: string) => `{"w":{${fields}}}`;
  const shaped = (shape: string, offsets = '[0,1]', dtype = '"U8"') =>
    tensor(`"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}`);

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'a file has at least 8 bytes, got 0'],
    ['half a length', new Uint8Array(7), 'a file has at least 8 bytes, got 7'],
    ['an empty header', file(''), 'header: expected "{" at byte 0 of the header, got its end'],
    [
      'the greatest length',
      file('{}', [], 2n ** 64n - 1n),
      'the header may have at most 100000000 bytes, got 18446744073709551615',
    ],
    [
      'a length over the limit',
      file('{}', [], 100_000_001n),
      'the header may have at most 100000000 bytes, got 100000001',
    ],
    ['a length past the end', file('{}', [], 3n), 'the header should have 3 bytes, got 2 to the end of the file'],
    [
      'a length cut short',
      file(`{"w":${u8(0, 1)}}`, [1], 20n),
      'tensor "w": the string at byte 19 of the header does not end',
    ],
    ['no object', file('[]'), 'header: expected "{" at byte 0 of the header, got "["'],
    ['white space in front', file(' {}'), 'header: expected "{" at byte 0 of the header, got " "'],
    ['no end', file('{'), 'header: expected "\\"" at byte 1 of the header, got its end'],
    ['a comma at the end', file(`{"w":${u8(0, 1)},}`, [1]), 'header: expected "\\"" at byte 53 of the header, got "}"'],
    ['two objects', file('{}{}'), 'header: expected nothing but padding at byte 2 of the header, got "{"'],
    ['NUL as padding', file('{}\0'), 'header: expected nothing but padding at byte 2 of the header, got "\\u0000"'],
    ['no colon', file('{"w"}'), 'header: expected ":" at byte 4 of the header, got "}"'],
    [
      'no comma',
      file(`{"v":${u8(0, 1)}"w":${u8(1, 2)}}`, [1, 2]),
      'header: expected "," or "}" at byte 52 of the header, got "\\""',
    ],
    [
      'invalid UTF-8',
      file(invalidUtf8, [1]),
      'header: the string at byte 1 of the header is not a JSON string in UTF-8',
    ],
    [
      'a control character',
      file(`{"\n":${u8(0, 1)}}`, [1]),
      'header: the string at byte 1 of the header is not a JSON string in UTF-8',
    ],
    [
      'an unknown escape',
      file(`{"\\x":${u8(0, 1)}}`, [1]),
      'header: the string at byte 1 of the header is not a JSON string in UTF-8',
    ],
    [
      'half a surrogate pair',
      file(`{"\\ud800":${u8(0, 1)}}`, [1]),
      'header: the string "\\ud800" has half a surrogate pair',
    ],
    ['a tensor that is no object', file('{"w":[]}'), 'tensor "w": expected "{" at byte 5 of the header, got "["'],
    ['null', file('{"w":null}'), 'tensor "w": expected "{" at byte 5 of the header, got "n"'],
    [
      'a name twice',
      file(`{"w":${u8(0, 1)},"\\u0077":${u8(1, 2)}}`, [1, 2]),
      'tensor "w": the name stands there twice',
    ],
    [
      '__proto__ twice',
      file(`{"__proto__":${u8(0, 1)},"__proto__":${u8(1, 2)}}`, [1, 2]),
      'tensor "__proto__": the name stands there twice',
    ],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), 'header: __metadata__ stands there twice'],
    [
      'a metadata key twice',
      file('{"__metadata__":{"a":"1","a":"2"}}'),
      '__metadata__: the key "a" stands there twice',
    ],
    [
      'metadata of numbers',
      file('{"__metadata__":{"a":1}}'),
      '__metadata__: expected "\\"" at byte 21 of the header, got "1"',
    ],
    [
      'nested metadata',
      file('{"__metadata__":{"a":{}}}'),
      '__metadata__: expected "\\"" at byte 21 of the header, got "{"',
    ],
    [
      'metadata as a tensor',
      file(`{"__metadata__":${u8(0, 1)}}`, [1]),
      '__metadata__: expected "\\"" at byte 38 of the header, got "["',
    ],
    ['no field', file(tensor('')), 'tensor "w": dtype is missing'],
    ['no shape', file(tensor('"dtype":"U8"')), 'tensor "w": shape is missing'],
    ['no offsets', file(tensor('"dtype":"U8","shape":[]')), 'tensor "w": data_offsets is missing'],
    [
      'a field twice',
      file(tensor('"dtype":"U8","dtype":"U8"')),
      'tensor "w": "dtype" is not dtype, shape or data_offsets, or stands there twice',
    ],
    [
      'a foreign field',
      file(tensor('"__proto__":{}')),
      'tensor "w": "__proto__" is not dtype, shape or data_offsets, or stands there twice',
    ],
    ['an unknown dtype', file(shaped('[1]', '[0,1]', '"F31"'), [1]), 'tensor "w": unknown dtype "F31"'],
    [
      'a dtype of Object.prototype',
      file(shaped('[1]', '[0,1]', '"toString"'), [1]),
      'tensor "w": unknown dtype "toString"',
    ],
    [
      'a dtype that is a number',
      file(shaped('[1]', '[0,1]', '8'), [1]),
      'tensor "w": expected "\\"" at byte 14 of the header, got "8"',
    ],
    [
      'a negative size',
      file(shaped('[-1]'), [1]),
      'tensor "w": expected shape[0], a whole number >= 0, at byte 28 of the header, got "-"',
    ],
    ['a fraction', file(shaped('[1.0]'), [1]), 'tensor "w": expected "," or "]" at byte 29 of the header, got "."'],
    ['an exponent', file(shaped('[1e0]'), [1]), 'tensor "w": expected "," or "]" at byte 29 of the header, got "e"'],
    [
      'a zero in front',
      file(shaped('[01]'), [1]),
      'tensor "w": expected shape[0], a whole number >= 0, at byte 28 of the header, got "0"',
    ],
    [
      'a size that is text',
      file(shaped('["1"]'), [1]),
      'tensor "w": expected shape[0], a whole number >= 0, at byte 28 of the header, got "\\""',
    ],
    [
      'a size over 2^53',
      file(shaped('[1,9007199254740992]'), [1]),
      'tensor "w": shape[1] at byte 30 of the header is over 2^53 - 1',
    ],
    [
      'a product over 2^53',
      file(shaped('[4294967296,4294967296,0]'), [1]),
      'tensor "w": shape [4294967296, 4294967296, 0] has more elements than can be counted',
    ],
    ['rank 33', file(shaped(`[${Array(33).fill(1)}]`), [1]), 'tensor "w": shape has more than 32 numbers'],
    [
      'nested shapes',
      file(shaped('[[1]]'), [1]),
      'tensor "w": expected shape[0], a whole number >= 0, at byte 28 of the header, got "["',
    ],
    ['one offset', file(shaped('[1]', '[1]'), [1]), 'tensor "w": data_offsets must be [begin, end], got [1]'],
    ['three offsets', file(shaped('[1]', '[0,1,2]'), [1]), 'tensor "w": data_offsets has more than 2 numbers'],
    [
      'offsets backwards',
      file(shaped('[1]', '[1,0]'), [1]),
      'tensor "w": data_offsets must not run backwards, got [1, 0]',
    ],
    ['too few bytes for the shape', file(shaped('[2]'), [1]), 'tensor "w": U8 of shape [2] needs 2 bytes, got 1'],
    ['too many bytes for the shape', file(shaped('[0]'), [1]), 'tensor "w": U8 of shape [0] needs 0 bytes, got 1'],
    ['a scalar without bytes', file(shaped('[]', '[0,0]')), 'tensor "w": U8 of shape [] needs 1 bytes, got 0'],
    [
      'data cut short',
      file(`{"w":${u8(0, 4)}}`, [1, 2, 3]),
      'tensor "w": data_offsets [0, 4] pass the 3 bytes of data',
    ],
    [
      'data after the last tensor',
      file(`{"w":${u8(0, 1)}}`, [1, 2]),
      'the tensors end at byte 1 of the data, which has 2',
    ],
    ['data of no tensor', file('{}', [1]), 'the tensors end at byte 0 of the data, which has 1'],
    [
      'a gap in front',
      file(`{"w":${u8(1, 2)}}`, [1, 2]),
      'tensor "w": data_offsets [1, 2] leave a gap, expected to begin at 0',
    ],
    [
      'a gap',
      file(`{"v":${u8(0, 1)},"w":${u8(2, 3)}}`, [1, 2, 3]),
      'tensor "w": data_offsets [2, 3] leave a gap, expected to begin at 1',
    ],
    [
      'an overlap',
      file(`{"v":${u8(0, 2)},"w":${u8(1, 3)}}`, [1, 2, 3]),
      'tensor "w": data_offsets [1, 3] overlap another tensor, expected to begin at 2',
    ],
    [
      'one place for two tensors',
      file(`{"v":${u8(0, 1)},"w":${u8(0, 1)}}`, [1]),
      'tensor "w": data_offsets [0, 1] overlap another tensor, expected to begin at 1',
    ],
    [
      'an empty tensor inside another',
      file(`{"v":${u8(0, 2)},"w":${u8(1, 1)}}`, [1, 2]),
      'tensor "w": data_offsets [1, 1] overlap another tensor, expected to begin at 2',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(new FormatError('safetensors', message));
  });

  it('refuses what is not bytes', () => {
    const buffer = new ArrayBuffer(16) as unknown as Uint8Array;
    expect(() => readSafetensors(buffer)).toThrow(
      new TypeError('readSafetensors: bytes must be a Uint8Array, got a value of type ArrayBuffer'),
    );
  });
});

describe('writeSafetensors', () => {
  it('writes the bytes of the format', () => {
    const bytes = writeSafetensors(
      [
        ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(7, 8, 9) }],
        ['a', { dtype: 'F32', shape: [], data: Uint8Array.of(0, 0, 0xc0, 0x3f) }],
      ],
      { z: '1', format: 'pt' },
    );
    const header =
      '{"__metadata__":{"format":"pt","z":"1"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' +
      '"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}';
    expect(bytes).toEqual(file(header.padEnd(Math.ceil(header.length / 8) * 8), [0, 0, 0xc0, 0x3f, 7, 8, 9]));
  });

  const dtypes = { F32: 4, F64: 8, I32: 4, I64: 8, U8: 1, BOOL: 1, F16: 2, BF16: 2, C64: 8, F8_E5M2: 1 };
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  const anyTensor = fc
    .record({
      dtype: fc.constantFrom(...(Object.keys(dtypes) as (keyof typeof dtypes)[])),
      shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
      fill: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ dtype, shape, fill }): SafetensorsEntry => {
      const length = shape.reduce((product, size) => product * size, dtypes[dtype]);
      return { dtype, shape, data: Uint8Array.from({ length }, (_, i) => fill + i) };
    });
  const anyFile = fc.uniqueArray(fc.tuple(text, anyTensor), { selector: ([name]) => name, maxLength: 8 });

  it('is undone by reading, aligned, and the same in any order', () => {
    fc.assert(
      fc.property(anyFile, fc.dictionary(text, text), (entries, metadata) => {
        const bytes = writeSafetensors(entries, metadata);
        const got = readSafetensors(bytes);
        expect(new Map([...got.tensors].sort())).toEqual(new Map([...entries].sort()));
        expect({ ...got.metadata }).toEqual({ ...metadata });
        for (const { dtype, data } of got.tensors.values()) {
          expect(data.byteOffset % dtypes[dtype as keyof typeof dtypes]).toBe(0);
        }
        expect(writeSafetensors([...entries].reverse(), metadata)).toEqual(bytes);
        expect(writeSafetensors(got.tensors, got.metadata)).toEqual(bytes);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('writes no file for no tensors but the empty header', () => {
    expect(writeSafetensors([])).toEqual(file('{}      '));
  });

  const one = (dtype: string, shape: number[], length: number): SafetensorsEntry => ({
    dtype: dtype as SafetensorsDtype,
    shape,
    data: new Uint8Array(length),
  });
  it.each<[string, [string, SafetensorsEntry][], Record<string, string> | undefined, string]>([
    [
      'a name twice',
      [
        ['w', one('U8', [1], 1)],
        ['w', one('U8', [2], 2)],
      ],
      undefined,
      'tensor "w": the name stands there twice',
    ],
    [
      'the name of the metadata',
      [['__metadata__', one('U8', [1], 1)]],
      undefined,
      'tensor "__metadata__": the name is the metadata\'s',
    ],
    [
      'half a surrogate pair',
      [['\udc00', one('U8', [1], 1)]],
      undefined,
      'header: the string "\\udc00" has half a surrogate pair',
    ],
    ['an unknown dtype', [['w', one('float32', [1], 4)]], undefined, 'tensor "w": unknown dtype "float32"'],
    [
      'a size of NaN',
      [['w', one('U8', [Number.NaN], 1)]],
      undefined,
      'tensor "w": shape must be whole numbers >= 0, got NaN',
    ],
    [
      'a negative size',
      [['w', one('U8', [-1, -1], 1)]],
      undefined,
      'tensor "w": shape must be whole numbers >= 0, got -1',
    ],
    ['rank 33', [['w', one('U8', Array(33).fill(1), 1)]], undefined, 'tensor "w": shape has more than 32 numbers'],
    [
      'bytes that do not fit',
      [['w', one('F32', [2], 4)]],
      undefined,
      'tensor "w": F32 of shape [2] needs 8 bytes, got 4',
    ],
    [
      'metadata that is no text',
      [],
      { epoch: 3 } as unknown as Record<string, string>,
      '__metadata__: expected "\\"" at byte 25 of the header, got "3"',
    ],
  ])('refuses %s', (_, tensors, metadata, message) => {
    expect(() => writeSafetensors(tensors, metadata)).toThrow(new FormatError('safetensors', message));
  });

  it('raises errors that speak to the user', () => {
    const run = () => writeSafetensors([['w', one('U8', [2], 1)]]);
    expect(run).toThrow(expect.toSatisfy(isUserError));
  });
});

describe('the golden files', () => {
  const golden = fileURLToPath(new URL('../../../../shared/golden/', import.meta.url));
  // First and last element and float64 sum, read with Python's struct module.
  const nets = {
    lenet5_advtrained: {
      'conv1.weight': [[32, 1, 3, 3], -2.5852192266029306e-5, -1.882046854007058e-5, 14.855840570566016],
      'linear1.weight': [[200, 3136], -0.007778660394251347, 0.006813162937760353, -352.0208132596327],
      'linear2.bias': [[10], 0.031727299094200134, 0.011798469349741936, 0.05633481126278639],
    },
    lenet5_clntrained: {
      'conv1.weight': [[32, 1, 3, 3], 0.0652458444237709, 0.16692307591438293, 9.397386005148292],
      'linear1.weight': [[200, 3136], -0.009539198130369186, 0.005851427558809519, 315.2581787505589],
      'linear2.bias': [[10], 0.034310195595026016, 0.00548791978508234, 0.05421166494488716],
    },
  };

  it.skipIf(!existsSync(golden)).each(Object.entries(nets))('%s (needs ../shared/golden)', (net, expected) => {
    const { tensors, metadata } = readSafetensors(readFileSync(`${golden}${net}.safetensors`));
    expect(tensors.size).toBe(8);
    expect(metadata.format).toBe('pt');
    for (const [name, [shape, first, last, sum]] of Object.entries(expected)) {
      const entry = tensors.get(name) as SafetensorsEntry;
      const values = toTypedArray(entry) as Float32Array;
      expect(entry.shape).toEqual(shape);
      expect([values[0], values[values.length - 1]]).toEqual([first, last]);
      expect(values.reduce((total, value) => total + value, 0)).toBeCloseTo(sum as number, 9);
    }
    const again = readSafetensors(writeSafetensors(tensors, metadata));
    expect(again.metadata).toEqual(metadata);
    for (const [name, entry] of tensors)
      expect(Buffer.compare(again.tensors.get(name)?.data ?? Buffer.of(), entry.data)).toBe(0);
  });
});
