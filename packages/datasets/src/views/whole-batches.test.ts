import type { BatchesOptions } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../bytes/hash-of';
import { fromArrays } from '../from-arrays';
import { counting } from './counting.fixture';
import { wholeBatches } from './whole-batches';

const data = fromArrays({ x: new Uint8Array(13), shape: [13, 1, 1, 1], y: new Int32Array(13), classes: 2 });

async function numbersOf(source: typeof data | ReturnType<typeof counting>, options: BatchesOptions) {
  const all: number[][] = [];
  for await (const { index } of source.batches(options)) all.push([...index]);
  return all;
}

describe('wholeBatches', () => {
  it("leaves out the end of each epoch's order", async () => {
    const whole = wholeBatches(data, 5);
    expect(whole.examples).toBe(10);
    const left = new Set<number>();
    for (let epoch = 0; epoch < 12; epoch++) {
      const options = { batchSize: 5, seed: 1, epoch };
      const all = await numbersOf(data, options);
      expect(await numbersOf(whole, options)).toEqual(all.slice(0, 2));
      for (const each of all[2]) left.add(each);
    }
    expect(left.size).toBeGreaterThan(10);
    expect(await numbersOf(whole, { batchSize: 5 })).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
    expect(await numbersOf(whole, { batchSize: 4, from: 3 })).toEqual([
      [3, 4, 5, 6],
      [7, 8, 9],
    ]);
  });

  it('leaves nothing out where batches come out even', async () => {
    expect(wholeBatches(counting(12), 4).examples).toBe(12);
  });

  it('has a hash of its own', () => {
    expect(wholeBatches(data, 5).hash).toBe(hashOf(`${data.hash} whole batches of 5`));
  });

  it('refuses a batch larger than the data', () => {
    expect(() => wholeBatches(data, 14)).toThrow('wholeBatches: batchSize must be an integer >= 1 and <= 13, got 14');
  });
});
