import { readFile } from 'node:fs/promises';
import { repairBackend } from '@agoge/backends';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import {
  add,
  booleanMaskAsync,
  customGrad,
  dispose,
  exp,
  type GradSaveFunc,
  grads,
  greater,
  image,
  io,
  keep,
  linalg,
  memory,
  mul,
  multinomial,
  profile,
  randomNormal,
  randomUniform,
  setBackend,
  sigmoid,
  slice,
  softmax,
  square,
  stack,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  time,
  topk,
  truncatedNormal,
  unique,
  valueAndGrads,
  variable,
  variableGrads,
  whereAsync,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, onBoth, onnx } from '../test/on-both';
import './index';

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

describe('a GraphModel', () => {
  const folder = new URL('../../../examples/graph-model/model/', import.meta.url);
  const load = async (): Promise<GraphModel> => {
    const { weightsManifest, ...artifacts } = JSON.parse(await readFile(new URL('model.json', folder), 'utf8'));
    const weightData = new Uint8Array(await readFile(new URL('group1-shard1of1.bin', folder))).buffer;
    return loadGraphModel(io.fromMemory({ ...artifacts, weightSpecs: weightsManifest[0].weights, weightData }));
  };

  it('is loaded and gives the predictions that it gives on cpu', async () => {
    await onBoth(async () => {
      const model = await load();
      const x = tensor4d(noise(5 * 64, 4), [5, 8, 8, 1]);
      const [all, one] = [model.predict(x) as Tensor, (await model.executeAsync(x, 'conv2')) as Tensor];
      const found = { all: await all.data(), one: await one.data() };
      dispose([x, all, one]);
      model.dispose();
      return found;
    });
  });
});

describe('gradients', () => {
  it('of several inputs, of variables, with a gradient of one’s own', async () => {
    await onBoth(async () => {
      const [a, b] = [tensor2d(noise(6, 1), [2, 3]), tensor2d(noise(6, 2), [2, 3])];
      const clipped = customGrad((x, save) => {
        (save as GradSaveFunc)([x as Tensor]);
        return {
          value: exp(x as Tensor),
          gradFunc: (dy: Tensor, [saved]: Tensor[]) => mul(dy, sigmoid(saved)),
        };
      });
      const f = (x: Tensor, y: Tensor) => sum(mul(clipped(x), square(y)));
      const [da, db] = grads(f)([a, b]);
      const both = valueAndGrads(f)([a, b]);
      const w = tidy(() => variable(tensor1d([0.5, -0.5, 2])));
      const own = variableGrads(() => sum(mul(a, w)));
      const list = { da, db, value: both.value, ...own.grads, cost: own.value };
      const found = Object.fromEntries(
        await Promise.all(
          Object.values(list).map(async (each, i) => [`result ${i}`, await (each as Tensor).data()] as const),
        ),
      );
      dispose([a, b, w, ...(Object.values(list) as Tensor[]), ...both.grads]);
      return found;
    });
  });
});

describe('values that are read', () => {
  it('at once by many promises, out of order, are those of cpu', async () => {
    await onBoth(async () => {
      const x = tensor1d(noise(20, 1));
      const parts = Array.from({ length: 6 }, (_, i) => tidy(() => sum(mul(slice(x, i, 5), i + 1))));
      const [first, ...rest] = await Promise.all([...parts].reverse().map((each) => each.data()));
      const again = await Promise.all(parts.map((each) => each.data()));
      dispose([x, ...parts]);
      return { first, ...Object.fromEntries([...rest, ...again].map((each, i) => [`part ${i}`, each])) };
    });
  });

  it('decide shapes: whereAsync, booleanMask, unique, top-k', async () => {
    await onBoth(
      async () => {
        const x = tensor2d(noise(20, 3), [4, 5]);
        const above = greater(x, 0.1);
        const where = await whereAsync(above);
        const mask = await booleanMaskAsync(x, above);
        const { values, indices } = topk(x, 3);
        const { values: once } = unique(tensor1d([3, 1, 3, 2, 1], 'int32'));
        const list = { where, mask, values, indices, once };
        const found = await Promise.all(Object.entries(list).map(async ([name, each]) => [name, await each.data()]));
        return Object.fromEntries(found);
      },
      { onCpu: ['Unique', 'Where', 'TopK'] },
    );
  });

  it('of images: crops, flips, resizing, without a browser', async () => {
    await onBoth(
      async () => {
        const x = tensor4d(noise(2 * 6 * 6 * 3, 1), [2, 6, 6, 3]);
        const found = await Promise.all(
          tidy(() => [
            image.flipLeftRight(x),
            image.resizeBilinear(x, [9, 4]),
            image.resizeNearestNeighbor(x, [3, 12]),
            image.cropAndResize(
              x,
              tensor2d([0, 0, 0.5, 0.5, 0.2, 0.1, 1, 0.9], [2, 4]),
              tensor1d([0, 1], 'int32'),
              [4, 4],
            ),
            image.grayscaleToRGB(slice(x, [0, 0, 0, 0], [-1, -1, -1, 1])),
          ]).map((each) => each.data()),
        );
        return Object.fromEntries(found.map((each, i) => [`image ${i}`, each]));
      },
      { onCpu: ['CropAndResize', 'FlipLeftRight'] },
    );
  });

  it('that are random by a seed are the same', async () => {
    await onBoth(
      async () => {
        const list = [
          randomUniform([50], -1, 1, 'float32', 7),
          randomNormal([50], 0, 1, 'float32', 7),
          truncatedNormal([50], 0, 1, 'float32', 7),
          multinomial(tensor2d([0.1, 0.5, 2], [1, 3]), 10, 7),
        ];
        return Object.fromEntries(await Promise.all(list.map(async (each, i) => [`draw ${i}`, await each.data()])));
      },
      { within: 1e-6, onCpu: ['Multinomial'] },
    );
  });

  it('of a chain with reads in between: Gram and Schmidt', async () => {
    await onBoth(async () => {
      const rows = tensor2d(noise(12, 5), [3, 4]);
      const basis = linalg.gramSchmidt(rows) as Tensor2D;
      const found = { basis: await basis.data() };
      dispose([rows, basis]);
      return found;
    });
  });
});

describe('what tfjs tells of itself', () => {
  it('tidy and keep hold as many tensors as on cpu, memory() counts them', async () => {
    await onBoth(async () => {
      const before = memory();
      let kept: Tensor | undefined;
      const y = tidy(() => {
        const x = tensor1d([1, 2, 3]);
        kept = keep(square(x));
        return add(kept, 1);
      });
      const held = memory();
      const counts = [held.numTensors - before.numTensors, held.numBytes - before.numBytes];
      const found = { counts, y: await y.data(), kept: await (kept as Tensor).data() };
      dispose([y, kept as Tensor]);
      return found;
    });
  });

  it('profile names kernels, bytes and tensors', async () => {
    await setBackend('onnx');
    const x = tensor1d([1, 2, 3]);
    const { newTensors, newBytes, kernels, result } = await profile(() => tidy(() => softmax(square(x))));
    expect([newTensors, newBytes]).toEqual([1, 12]);
    expect(kernels.map(({ name }) => name)).toContain('Square');
    const times = await Promise.all(kernels.map(({ kernelTimeMs }) => kernelTimeMs));
    expect(times.every((ms) => typeof ms === 'number' && ms >= 0)).toBe(true);
    dispose([x, result as unknown as Tensor]);
  });

  it('time runs what it is given, and only that', async () => {
    await setBackend('onnx');
    const x = tensor1d([1, 2, 3]);
    const waiting = square(x);
    const { runs } = onnx().report();
    const y: Tensor[] = [];
    const { kernelMs, wallMs } = await time(() => y.push(stack([x, x])));
    expect(kernelMs as number).toBeGreaterThan(0);
    expect(wallMs).toBeGreaterThanOrEqual(kernelMs as number);
    expect(onnx().report()).toMatchObject({ runs: runs + 2, pending: 0 });
    dispose([x, waiting, ...y]);
  });

  it('strings are held, and go through', async () => {
    await onBoth(
      async () => {
        const words = tensor(['a', 'bc'], [2], 'string');
        const found = (await words.data()) as unknown as string[];
        words.dispose();
        return { lengths: found.map((each) => each.length) };
      },
      { onCpu: [] },
    );
  });
});
