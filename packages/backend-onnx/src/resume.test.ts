import { expect, it } from 'vitest';
import { inChild } from '../test/in-child';
import type { trained } from '../test/resumed-program';

type Trained = Awaited<ReturnType<typeof trained>>;
const run = (options: Parameters<typeof trained>[0]) => inChild<Trained>('resumed-program.ts', 'trained', options);

it('a process that goes on ends with the bits of one that was loaded, whatever ran before and left the cache', async () => {
  const [disturbed, plain] = [
    await run({ first: 0, last: 12, keepAt: 6, disturbed: true, cacheSize: 1 }),
    await run({ first: 0, last: 12, keepAt: 6, disturbed: false, cacheSize: 64 }),
  ];
  const loaded = await run({ from: plain.kept, first: 6, last: 12, disturbed: false, cacheSize: 64 });
  expect(disturbed.compiled).toBeGreaterThan(2 * plain.compiled);
  expect(disturbed.kept).toEqual(plain.kept);
  expect(disturbed.end).toEqual(plain.end);
  expect(loaded.end).toEqual(plain.end);
  expect(loaded.end.filter).not.toEqual(plain.kept?.filter);
}, 120_000);
