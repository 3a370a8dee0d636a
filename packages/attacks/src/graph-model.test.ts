import '@tensorflow/tfjs-backend-cpu';
import { fromGraphModel } from '@agoge/core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { getGradient, io, Sum, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { pgd } from './pgd';

it('attacks a GraphModel where nobody has imported tfjs-layers, which brings the gradients', async () => {
  expect(getGradient(Sum)).toBeUndefined();
  const attr = { dtype: { type: 1 }, T: { type: 1 } };
  const constant = (name: string, type = 1) => ({ name, op: 'Const', attr: { dtype: { type } } });
  const nodes = [
    { name: 'x', op: 'Placeholder', attr },
    constant('flat', 3),
    constant('kernel'),
    { name: 'vector', op: 'Reshape', input: ['x', 'flat'], attr },
    { name: 'logits', op: 'MatMul', input: ['vector', 'kernel'], attr },
  ];
  const weights = [Int32Array.of(-1, 2), Float32Array.of(1, 0, 0, 1)];
  const model = await loadGraphModel(
    io.fromMemory({
      modelTopology: { node: nodes, versions: { producer: 1 } },
      weightSpecs: [
        { name: 'flat', shape: [2], dtype: 'int32' },
        { name: 'kernel', shape: [2, 2], dtype: 'float32' },
      ],
      weightData: Uint8Array.from(weights.flatMap(({ buffer }) => [...new Uint8Array(buffer)])).buffer,
    }),
  );
  const f = fromGraphModel(model, { bounds: [0, 1], classes: 2 });
  const images = tensor4d([0.7, 0.4, 0.9, 0.2], [2, 1, 2, 1]);
  const { broken, x } = await pgd(f, images, tensor1d([0, 0], 'int32'), { eps: 0.2, start: 'zero' });
  expect([...broken]).toEqual([1, 0]);
  expect([...(await x.data())].slice(2).map((each) => each.toFixed(3))).toEqual(['0.700', '0.400']);
});
