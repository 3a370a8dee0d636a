import { describe, expect, it } from 'vitest';
import { differences, openSealedJson, sealJson } from './sealed-json';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

describe('sealed JSON', () => {
  it('comes back as it was, and tells that it was changed', async () => {
    const sealed = await sealJson({ schema: 'a@1', values: [1, 0.1], more: { name: 'x' } });
    expect(await openSealedJson('file', 'a@1', sealed)).toEqual({
      schema: 'a@1',
      values: [1, 0.1],
      more: { name: 'x' },
    });
    const changed = bytes(text(sealed).replace('0.1', '0.2'));
    await expect(openSealedJson('file', 'a@1', changed)).rejects.toThrow('file: is damaged: its checksum is another');
    await expect(openSealedJson('file', 'a@2', sealed)).rejects.toThrow('file: schema must be "a@2", got "a@1"');
    await expect(openSealedJson('file', 'a@1', sealed.subarray(0, 20))).rejects.toThrow('file: is not JSON');
    await expect(openSealedJson('file', 'a@1', bytes('7'))).rejects.toThrow('file: is no JSON object');
  });
});

it('differences are told by their place', () => {
  const was = { seed: 0, attacks: [{ name: 'pgd', options: { eps: 0.1 } }], data: { hash: 'a' } };
  expect(differences(was, structuredClone(was))).toEqual([]);
  const is = { seed: 1, attacks: [{ name: 'pgd', options: { eps: 0.2 } }, {}], extra: null, data: { hash: 'a' } };
  expect(differences(was, is)).toEqual([
    'seed was 0, is 1',
    'attacks.0.options.eps was 0.1, is 0.2',
    'attacks.1 was absent, is there',
    'extra was absent, is null',
  ]);
});
