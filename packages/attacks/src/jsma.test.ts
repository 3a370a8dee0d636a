import '@tensorflow/tfjs-backend-cpu';
import { fromFunction, normal } from '@agoge/core';
import { matMul, memory, reshape, type Tensor2D, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type JsmaOptions, jsma } from './jsma';

// Of a linear model the saliency is the same everywhere: which values change, and in what order, is known.
const [size, classes, n] = [18, 4, 5];
const matrix = normal({ seed: 11, stream: 'matrix' }, size * classes);
const columns = tensor2d(matrix, [size, classes]);
const f = fromFunction((x) => matMul(reshape(x, [-1, size]) as Tensor2D, columns), { bounds: [0, 1], classes });
const pixels = normal({ seed: 12, stream: 'pixels' }, n * size).map((each) =>
  Math.min(1, Math.max(0, 0.5 + 0.4 * each)),
);
const x = tensor4d(pixels, [n, 3, 3, 2]);

const logitsOf = (image: number[]) =>
  Array.from({ length: classes }, (_, k) => image.reduce((z, each, i) => z + each * matrix[i * classes + k], 0));
const clean = Array.from({ length: n }, (_, row) => [...pixels.slice(row * size, (row + 1) * size)]);
const ranking = (image: number[]) => {
  const z = logitsOf(image);
  return [...z.keys()].sort((a, b) => z[b] - z[a]);
};
const labels = clean.map((image) => ranking(image)[0]);
const y = tensor1d(labels, 'int32');

/** Changes one value after another until `isDone`, in float64. */
function greedy(
  image: number[],
  wanted: number,
  { eps, theta = 1 }: JsmaOptions,
  isDone: (image: number[]) => boolean,
) {
  const at = [...image];
  const changed = new Set<number>();
  for (let step = 0; step < eps && !isDone(at); step++) {
    const worth = at.map((value, i) => {
      const row = matrix.subarray(i * classes, (i + 1) * classes);
      const others = row.reduce((all, each) => all + each, 0) - row[wanted];
      const room = row[wanted] > 0 ? 1 - value : value;
      return changed.has(i) || room <= 0 ? 0 : Math.max(0, -row[wanted] * others);
    });
    const best = worth.indexOf(Math.max(...worth));
    if (worth[best] === 0) break;
    changed.add(best);
    at[best] = Math.min(1, Math.max(0, at[best] + theta * Math.sign(matrix[best * classes + wanted])));
  }
  return at;
}

async function run(options: JsmaOptions) {
  const before = memory().numTensors;
  const { x: found, ...rest } = await jsma(f, x, y, options);
  const data = [...(await found.data())];
  found.dispose();
  expect(memory().numTensors).toBe(before);
  return { ...rest, images: clean.map((_, row) => data.slice(row * size, (row + 1) * size)) };
}

describe('jsma', () => {
  it.each([1, 0.4])(
    'changes the most salient values towards the second class, one after another, by %d',
    async (theta) => {
      const options = { eps: 8, theta };
      const { images, broken, distance } = await run(options);
      const expected = clean.map((image, row) =>
        greedy(image, ranking(image)[1], options, (at) => ranking(at)[0] !== labels[row]),
      );
      expected.forEach((image, row) => {
        const isBroken = ranking(image)[0] !== labels[row];
        expect(broken[row]).toBe(Number(isBroken));
        if (!isBroken) return;
        images[row].forEach((each, i) => {
          expect(each).toBeCloseTo(image[i], 5);
        });
        expect(distance[row]).toBe(image.filter((each, i) => each !== clean[row][i]).length);
      });
      expect(broken.reduce((all, each) => all + each, 0)).toBeGreaterThan(0);
    },
  );

  it('reaches targets', async () => {
    const targets = 2;
    const { images, broken } = await run({ eps: 18, targets });
    clean.forEach((image, row) => {
      const expected = greedy(image, targets, { eps: 18 }, (at) => ranking(at)[0] === targets);
      expect(broken[row]).toBe(Number(ranking(expected)[0] === targets));
      if (broken[row]) expect(ranking(images[row])[0]).toBe(targets);
    });
  });

  it('goes for several classes, and then breaks no fewer', async () => {
    const [one, three] = [await run({ eps: 2 }), await run({ eps: 2, rivals: 3 })];
    one.broken.forEach((each, row) => {
      expect(three.broken[row]).toBeGreaterThanOrEqual(each);
    });
    const most = 1 + 3 * (2 * 2 + 1) + 1;
    expect(Math.max(...three.forwards)).toBeLessThanOrEqual(most);
  });

  it('never changes more values than it may, and none for 0', async () => {
    const { distance } = await run({ eps: 3, theta: 0.1 });
    for (const each of distance) expect(each).toBeLessThanOrEqual(3);
    const { images, distance: none } = await run({ eps: 0 });
    expect(images.flat()).toEqual([...pixels]);
    expect([...none]).toEqual(Array(n).fill(0));
  });

  it('refuses parts of values', async () => {
    await expect(jsma(f, x, y, { eps: 0.5 })).rejects.toThrow('jsma: eps must be an integer >= 0, got 0.5');
  });
});
