import { existsSync, readFileSync } from 'node:fs';
import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { datasets } from '../registry';
import { digits } from './digits';

const csv = new URL('../../../../../shared/datasets/digits/digits.csv', import.meta.url);

async function whole(split: 'train' | 'test'): Promise<Batch> {
  for await (const batch of digits({ split }).batches({ batchSize: 2000 })) return batch;
  throw new Error('no batch');
}

describe('digits', () => {
  it('has 1,437 and 360 images of 8 x 8 x 1, 10 classes', () => {
    const [train, test] = [digits(), digits({ split: 'test' })];
    expect([train.examples, test.examples]).toEqual([1437, 360]);
    expect([train.shape, train.classes, train.bounds]).toEqual([[8, 8, 1], 10, [0, 1]]);
  });

  // Worked out from the CSV file with node:crypto: canonical JSON of shape, classes, bounds; labels; pixels.
  it('is the data that results are measured on', () => {
    expect(digits({ split: 'train' }).hash).toBe('f1e68982d5c5dcbf1c80e33d98216fe2548b4b51511023272e5d6a7f7a086d73');
    expect(digits({ split: 'test' }).hash).toBe('25c85bb2cefdc8cd85a24b4a89766bd617c9e1bf9379cb541c0cacd36ce34492');
  });

  it('has the sums and the class counts of the file', async () => {
    const [train, test] = [await whole('train'), await whole('test')];
    const sum = (values: Float32Array) => values.reduce((total, each) => total + each * 16, 0);
    expect([sum(train.x), sum(test.x)]).toEqual([449372, 112346]);
    const counts = Array.from({ length: 10 }, (_, k) => [...train.y, ...test.y].filter((label) => label === k).length);
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  it.skipIf(!existsSync(csv))('is the file, figure by figure (needs ../shared/datasets)', async () => {
    const rows = readFileSync(csv, 'utf8').trim().split('\n');
    const figures = rows.map((row) => row.split(',').map(Number));
    const [train, test] = [await whole('train'), await whole('test')];
    expect([...train.x, ...test.x].map((pixel) => pixel * 16)).toEqual(figures.flatMap((row) => row.slice(0, 64)));
    expect([...train.y, ...test.y]).toEqual(figures.map((row) => row[64]));
  });

  it('refuses an unknown split and an unknown option', () => {
    expect(() => digits({ split: 'valid' } as never)).toThrow(
      'digits: split must be one of "train", "test", got "valid"',
    );
    expect(() => digits({ splits: 'test' } as never)).toThrow('digits: unknown option "splits"; did you mean "split"?');
  });

  it('is in the registry', async () => {
    expect((await datasets.digits({ split: 'test' })).hash).toBe(digits({ split: 'test' }).hash);
  });
});
