import { describe, expect, it } from 'vitest';
import { compactStruct } from './compact-struct';

const walk = (...bytes: readonly number[]) => compactStruct('file', Uint8Array.from(bytes), 0);

describe('compactStruct', () => {
  it('finds numbers and booleans by field, and the end', () => {
    // 1: i32 5; 3: true; 4: { 1: i32 -2, 2: false }; 5: "ab"; 6: [i32 1, 2]; 7: a double; stop; a byte more.
    const bytes = [
      0x15,
      10,
      0x21,
      0x1c,
      0x15,
      3,
      0x12,
      0,
      0x18,
      2,
      97,
      98,
      0x19,
      0x25,
      2,
      4,
      0x17,
      ...Array(8).fill(7),
      0,
      9,
    ];
    const { end, numbers } = walk(...bytes);
    expect(end).toBe(bytes.length - 1);
    expect(Object.fromEntries(numbers)).toEqual({ 1: 5, 3: 1, '4.1': -2, '4.2': 0 });
  });

  it('takes the field number from the bytes where the step is 0', () => {
    expect(Object.fromEntries(walk(0x05, 40, 8, 0).numbers)).toEqual({ 20: 4 });
  });

  it.each<[string, readonly number[], string]>([
    ['nothing', [], 'has damaged metadata at byte 0: it is cut short'],
    ['a struct without its end', [0x15, 10], 'it is cut short'],
    ['a list that is longer than the file', [0x19, 0xf5, 0xff, 0xff, 0xff, 0x7f, 0], 'a list of 268435455 in 1 bytes'],
    ['a list of less than nothing', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], 'a list of -1 in 1 bytes'],
    ['a text that is longer', [0x18, 3, 97, 98], '3 bytes were to come, but 2 do'],
    ['a number without end', [0x16, ...Array(20).fill(0xff), 0], 'a number of more than 10 bytes'],
    ['a map', [0x1b, 0], 'the type 11'],
    ['structs without end', Array(5000).fill(0x1c), 'nested without end'],
    ['lists without end', Array(5000).fill(0x19), 'nested without end'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => walk(...bytes)).toThrow(`file: `);
    expect(() => walk(...bytes)).toThrow(message);
  });
});
