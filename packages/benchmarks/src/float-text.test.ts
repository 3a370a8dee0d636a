import fc from 'fast-check';
import { expect, it } from 'vitest';
import { floatsToText, textToFloats } from './float-text';

it('keeps every float32 exactly', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 40 }), (values) => {
      expect(textToFloats('x', floatsToText(values), values.length)).toEqual(values);
    }),
  );
});

it('is little-endian, as numpy.frombuffer reads it: 1 is 00 00 80 3f', () => {
  expect(floatsToText(Float32Array.of(1))).toBe('AACAPw==');
});

it('refuses what is damaged', () => {
  expect(() => textToFloats('image 0', 'AACAPw==', 2)).toThrow(
    'image 0: must hold 2 float32 values (8 bytes), has 4 bytes',
  );
  expect(() => textToFloats('image 0', '???', 1)).toThrow('image 0: is not base64');
  expect(() => textToFloats('image 0', floatsToText(Float32Array.of(NaN)), 1)).toThrow(
    'image 0: value 0 must be finite',
  );
});
