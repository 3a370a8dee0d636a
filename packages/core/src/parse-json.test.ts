import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from './errors';
import { parseJson } from './parse-json';

describe('parseJson', () => {
  it('reads all that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson('test', text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 1000 },
    );
    const big = JSON.stringify([2 ** 60, 1e300, -5e-324, 2 ** 53]);
    expect(parseJson('test', big)).toEqual(JSON.parse(big));
  });

  it('takes one key in two objects, keys as values, and escapes', () => {
    const text = '{"a":{"a":1},"b":["a",{"a":2},"a"],"c\\"\\\\":"\\\\","\\u0063":0}';
    expect(parseJson('test', text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1', /^run\.json: is not JSON: /],
    ['', /^run\.json: is not JSON: /],
    ['{"a":1,"b":{},"a" : 2}', /^run\.json: the key "a" stands twice in one object$/],
    ['[{"a":1,"\\u0061":2}]', /^run\.json: the key "a" stands twice in one object$/],
    ['{"__proto__":1,"__proto__":2}', /^run\.json: the key "__proto__" stands twice in one object$/],
    ['{"seed":9007199254740993}', /^run\.json: the number 9007199254740993 does not fit a float64$/],
    ['[1e999]', /^run\.json: the number 1e999 does not fit a float64$/],
  ])('refuses %s', (text, message) => {
    expect(() => parseJson('run.json', text)).toThrow(FormatError);
    expect(() => parseJson('run.json', text)).toThrow(message);
  });

  it('makes __proto__ a key like any other', () => {
    const value = parseJson('test', '{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value.polluted).toBeUndefined();
  });

  it('reads a string of 20 MB, and nesting, in linear time', () => {
    const long = '\\\\'.repeat(1e7);
    expect((parseJson('test', `["${long}"]`) as string[])[0].length).toBe(1e7);
    expect(() => parseJson('test', '['.repeat(1e5) + ']'.repeat(1e5))).not.toThrow();
  });
});
