import { expect, it } from 'vitest';
import { parseShard } from './shard';

it('parseShard', () => {
  expect(parseShard('2/4')).toEqual({ number: 2, count: 4 });
  for (const text of ['0/4', '5/4', '2', '2/', '-1/4', '1.5/4', '1/0'])
    expect(() => parseShard(text)).toThrow('such as 2/4');
});
