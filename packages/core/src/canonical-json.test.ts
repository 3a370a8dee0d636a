import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from './canonical-json';

describe('canonicalJson', () => {
  it.each([
    [{ b: [1, 0.5, -0], a: null }, '{"a":null,"b":[1,0.5,0]}'],
    [{ 10: 'ten', 9: 'nine', a: true, Z: false }, '{"10":"ten","9":"nine","Z":false,"a":true}'],
    // By code unit U+1F600 (D83D DE00) stands before U+FB01, by code point after it.
    [{ '\ufb01': 1, '\u{1f600}': 2 }, '{"\u{1f600}":2,"\ufb01":1}'],
    [[1e21, 1e-7, 123456789012], '[1e+21,1e-7,123456789012]'],
    ['a"\\\n\ud800', '"a\\"\\\\\\n\\ud800"'],
    [Object.assign(Object.create(null), { x: {} }), '{"x":{}}'],
    [JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
  ])('%j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('says what JSON says, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  const self: unknown[] = [];
  self.push({ again: self });
  it.each([
    [{ attacks: [{ eps: Number.NaN }] }, RangeError, 'value.attacks[0].eps must be a finite number, got NaN'],
    [Infinity, RangeError, 'value must be a finite number, got Infinity'],
    [{ a: undefined }, TypeError, 'value.a must be a JSON value, got undefined'],
    [{ hole: new Array(1) }, TypeError, 'value.hole[0] must be a JSON value, got undefined'],
    [{ 'a b': () => 1 }, TypeError, 'value["a b"] must be a JSON value, got the function a b'],
    [[1n], TypeError, 'value[0] must be a JSON value, got 1'],
    [[Symbol.iterator], TypeError, 'value[0] must be a JSON value, got Symbol(Symbol.iterator)'],
    [{ x: new Float32Array(2) }, TypeError, 'value.x must be a JSON value, got a value of type Float32Array'],
    [{ at: new Date(0) }, TypeError, 'value.at must be a JSON value, got a value of type Date'],
    [new Map(), TypeError, 'value must be a JSON value, got a value of type Map'],
    [self, RangeError, 'value[0].again must not contain itself'],
  ])('refuses %o', (value, kind, message) => {
    expect(() => canonicalJson(value)).toThrow(kind);
    expect(() => canonicalJson(value)).toThrow(`canonicalJson: ${message}`);
  });

  it('takes one object twice, and refuses depth before the stack ends', () => {
    const shared = { a: 1 };
    expect(canonicalJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow('canonicalJson: value is over 1000 levels deep');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, each]) => [key, reversed(each)]),
  );
}

describe('sha256', () => {
  // FIPS 180-4 examples, as published by NIST.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j', async (text, digest) => {
    expect(await sha256(text)).toBe(digest);
    const inside = new TextEncoder().encode(`--${text}--`).subarray(2, 2 + text.length);
    expect(await sha256(inside)).toBe(digest);
  });

  it('refuses what is neither bytes nor text', async () => {
    await expect(sha256(new Float32Array(1) as unknown as string)).rejects.toThrow(
      'sha256: bytes must be a Uint8Array or a string, got a value of type Float32Array',
    );
  });
});
