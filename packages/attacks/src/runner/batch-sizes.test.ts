import { configureOnnx, type OnnxBackend } from '@agoge/backend-onnx';
import { type Attack, type Batches, fromFunction } from '@agoge/core';
import { backend, matMul, reshape, setBackend, type Tensor2D, type Tensor4D, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apgdAttack } from '../apgd';
import { pgdAttack } from '../pgd';
import { batchSize } from '../rows';
import type { RunnerResult } from './run-options';
import { runAttacks } from './runner';

// Two pixels, two classes, the brighter wins: example i falls once its gap is closed, so that the batch shrinks all along.
const examples = 90;
const eps = 0.2;
const gapOf = (i: number) => (2.4 * eps * (((i * 37) % examples) + 1)) / examples;
const x = Float32Array.from({ length: 2 * examples }, (_, i) => 0.5 + (i % 2 ? -1 : 1) * (gapOf(i >> 1) / 2));
const data: Batches = {
  ...{ examples, classes: 2, bounds: [0, 1], shape: [1, 2, 1], hash: 'gaps' },
  async *batches({ batchSize: size, from = 0 }) {
    for (let at = from; at < examples; at += size) {
      const end = Math.min(examples, at + size);
      yield {
        x: x.slice(2 * at, 2 * end),
        shape: [end - at, 1, 2, 1],
        y: new Int32Array(end - at),
        index: Float64Array.from({ length: end - at }, (_, i) => at + i),
      };
    }
  },
};
const steps = 40;
/** With the programs of a size, by and large: the verdict, each kind of step, the last evaluation, the way to a smaller size. */
const attacks = {
  pgd: { attack: pgdAttack({ eps, steps, stepSize: eps / steps, start: 'zero' }), programs: 4 },
  apgd: { attack: apgdAttack({ eps, steps, start: 'zero' }), programs: 6 },
};

// Many small programs: threads would only wait for each other.
configureOnnx({ threads: 1 });
afterEach(() => setBackend('cpu'));

/** Runs an attack on a backend in blocks of several sizes; tells in what batches the classifier met the images. */
async function run(on: string, attack: Attack, blocks: readonly number[]) {
  await setBackend(on);
  const compiled = () => (on === 'onnx' ? (backend() as OnnxBackend).report().compiled : 0);
  const before = compiled();
  const weights = tensor2d([2, 1, 1, 2], [2, 2]);
  const sizes = new Set<number>();
  const brighter = (images: Tensor4D): Tensor2D => {
    sizes.add(images.shape[0]);
    return matMul(reshape(images, [-1, 2]) as Tensor2D, weights);
  };
  const f = fromFunction(brighter, { bounds: [0, 1], classes: 2, weights: () => [weights] });
  const results: RunnerResult[] = [];
  for (const size of blocks) results.push(await runAttacks(f, data, [attack], { batchSize: size }));
  weights.dispose();
  return { results, sizes, compiled: compiled() - before };
}

describe('the size of a batch', () => {
  it('is the number of rows, two at least', async () => {
    await setBackend('cpu');
    expect([1, 2, 3, 33, 63].map(batchSize)).toEqual([2, 2, 3, 33, 63]);
  });

  it('is one of four or eight for each power of two where a program is compiled for each', async () => {
    await setBackend('onnx');
    const all = Array.from({ length: 256 }, (_, i) => batchSize(i + 1));
    all.forEach((size, i) => {
      expect(size).toBeGreaterThanOrEqual(i + 1);
      expect(size).toBeLessThanOrEqual(Math.max(2, (i < 32 ? 1.25 : 1.125) * (i + 1)));
    });
    const sizes = [...new Set(all)];
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes.filter((size) => size > 16 && size < 80)).toEqual([
      20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72,
    ]);
  });
});

describe.each(Object.entries(attacks))('%s on onnx', (_, { attack, programs }) => {
  const blocks = [48, 47, 46, 45, 7];
  let [exact, few]: Awaited<ReturnType<typeof run>>[] = [];
  beforeAll(async () => {
    [exact, few] = [await run('cpu', attack, blocks), await run('onnx', attack, blocks)];
  });

  it('compiles as many programs as there are sizes of batches, not as there are numbers of survivors', () => {
    expect(few.sizes.size).toBeLessThan(0.7 * exact.sizes.size);
    // The images of each block and the last one are checked as they are.
    expect(few.compiled).toBeLessThanOrEqual(programs * few.sizes.size + 2 * blocks.length);
  });

  it('breaks the same examples in as many passes as on cpu, which pads nothing, whatever the blocks', () => {
    for (const { records } of few.results) {
      records.forEach((record, i) => {
        const { margin, cleanMargin, distance, ...same } = exact.results[0].records[i];
        expect(record).toMatchObject(same);
        expect(record.margin).toBeCloseTo(margin, 5);
      });
    }
  });
});
