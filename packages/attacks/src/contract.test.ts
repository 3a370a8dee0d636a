import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { promisesOf } from '../test/contract';
import { type Asked, missing, rows } from '../test/contract-rows';

// Every registered attack, in every norm that it has, keeps its promises: here on cpu; in-chromium.test.ts, on browsers' backends.

it('has a row for every attack that is registered', () => {
  expect(missing).toEqual([]);
});

it('is broken by an attack that leaves its ball', async () => {
  const [row] = rows.filter(({ name, norm }) => name === 'fgsm' && norm === 'linf');
  const make = (asked: Asked) => ({ ...row.make(asked), run: row.make({ ...asked, eps: 0.2 }).run });
  const [inside] = promisesOf({ ...row, make });
  expect(inside.title).toMatch(/^stays inside ball and box/);
  await expect(inside.keep()).rejects.toThrow(/to be less than or equal to 0\.1/);
});

describe.each(rows)('$name in $norm', (row) => {
  for (const { title, keep } of promisesOf(row)) it(title, keep);
});
