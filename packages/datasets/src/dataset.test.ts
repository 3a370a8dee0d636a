import { describe, expect, it } from 'vitest';
import { dataset } from './dataset';

const n = 7;
const read: number[][] = [];
const data = dataset({
  shape: [1, 2, 1],
  classes: 3,
  bounds: [0, 1],
  labels: Int32Array.from({ length: n }, (_, i) => i % 3),
  numbers: Float64Array.from({ length: n }, (_, i) => 100 + i),
  extra: Uint8Array.from({ length: n }, (_, i) => i % 2),
  targets: Float32Array.from({ length: 3 * n }, (_, i) => i),
  hash: 'seven',
  async read(rows, out) {
    read.push([...rows]);
    rows.forEach((row, i) => {
      out.set([row, -row], 2 * i);
    });
  },
});

describe('dataset', () => {
  it('reads a batch when it is asked for, and what goes with it', async () => {
    read.length = 0;
    for await (const batch of data.batches({ batchSize: 3, from: 2 })) {
      const rows = [...batch.index].map((each) => each - 100);
      expect(read.at(-1)).toEqual(rows);
      expect(batch).toEqual({
        x: Float32Array.from(rows.flatMap((row) => [row, -row])),
        shape: [rows.length, 1, 2, 1],
        y: Int32Array.from(rows, (row) => row % 3),
        index: Float64Array.from(rows, (row) => 100 + row),
        extra: Uint8Array.from(rows, (row) => row % 2),
        target: Float32Array.from(rows.flatMap((row) => [3 * row, 3 * row + 1, 3 * row + 2])),
      });
    }
    expect(read).toEqual([
      [2, 3, 4],
      [5, 6],
    ]);
  });

  it('writes over the arrays that its caller no longer holds', async () => {
    const buffersOf = async (holds?: number) => {
      const buffers: ArrayBufferLike[] = [];
      for await (const { x } of data.batches({ batchSize: 2, ...(holds && { holds }) })) buffers.push(x.buffer);
      return buffers.map((buffer) => buffers.indexOf(buffer));
    };
    expect(await buffersOf()).toEqual([0, 1, 2, 3]);
    expect(await buffersOf(1)).toEqual([0, 0, 0, 0]);
    expect(await buffersOf(3)).toEqual([0, 1, 2, 0]);
  });
});
