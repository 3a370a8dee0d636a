import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseShard, shardRange } from './shard';

it('parts cover the examples in order, and their edges are those of blocks', () => {
  const sizes = { count: fc.integer({ min: 1, max: 9 }), examples: fc.integer({ min: 1, max: 99 }) };
  fc.assert(
    fc.property(
      fc.record({ ...sizes, batchSize: fc.integer({ min: 1, max: 20 }) }),
      ({ count, examples, batchSize }) => {
        let at = 0;
        for (let number = 1; number <= count; number++) {
          const range = shardRange({ number, count }, examples, batchSize);
          expect(range.from).toBe(at);
          at += range.examples;
          expect(at % batchSize === 0 || at === examples).toBe(true);
        }
        expect(at).toBe(examples);
      },
    ),
  );
  expect(shardRange({ number: 2, count: 2 }, 1000, 250)).toEqual({ from: 500, examples: 500 });
});

it('parseShard', () => {
  expect(parseShard('2/4')).toEqual({ number: 2, count: 4 });
  for (const text of ['0/4', '5/4', '2', '2/', '-1/4', '1.5/4', '1/0'])
    expect(() => parseShard(text)).toThrow('such as 2/4');
});
