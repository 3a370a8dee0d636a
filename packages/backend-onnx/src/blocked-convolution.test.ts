import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import {
  backend,
  backend_util,
  conv2d,
  grads,
  mean,
  mul,
  randomUniform,
  relu,
  setBackend,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { OnnxBackend } from './index';
import './index';
import { inputGradientInPatches } from './kernels/patches';
import { within } from './kernels/window-geometry';
import { Lowering } from './lowering';
import { loadRuntime } from './runtime';

interface Convolution {
  batch: number;
  size: [number, number];
  filter: [number, number, number, number];
  strides: [number, number];
  pad: 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
  dilations?: [number, number];
}
/** Above, and to the right. */
const lopsided: Convolution['pad'] = [
  [0, 0],
  [2, 0],
  [0, 1],
  [0, 0],
];

const cases: Convolution[] = [
  { batch: 16, size: [8, 8], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [6, 5], filter: [3, 3, 32, 16], strides: [1, 1], pad: 'same' },
  { batch: 32, size: [5, 7], filter: [3, 2, 16, 48], strides: [1, 1], pad: 'valid' },
  { batch: 16, size: [8, 8], filter: [3, 3, 16, 32], strides: [2, 2], pad: 'same' },
  { batch: 16, size: [8, 8], filter: [3, 3, 16, 32], strides: [2, 2], pad: 1 },
  { batch: 16, size: [8, 8], filter: [1, 1, 16, 32], strides: [2, 2], pad: 'valid' },
  { batch: 16, size: [7, 9], filter: [3, 3, 16, 16], strides: [2, 2], pad: 'same' },
  { batch: 16, size: [9, 9], filter: [3, 3, 16, 16], strides: [3, 3], pad: 'valid' },
  { batch: 16, size: [8, 6], filter: [2, 2, 16, 16], strides: [2, 2], pad: 'valid' },
  { batch: 16, size: [8, 6], filter: [4, 4, 16, 16], strides: [2, 2], pad: 1 },
  { batch: 16, size: [8, 8], filter: [5, 5, 16, 16], strides: [1, 1], pad: 2 },
  { batch: 16, size: [9, 8], filter: [3, 3, 16, 16], strides: [4, 1], pad: 'valid' },
  {
    batch: 16,
    size: [6, 6],
    filter: [3, 3, 16, 16],
    strides: [1, 1],
    pad: [
      [0, 0],
      [2, 0],
      [0, 2],
      [0, 0],
    ],
  },
  { batch: 16, size: [6, 6], filter: [1, 1, 16, 16], strides: [1, 1], pad: 0 },
  { batch: 16, size: [9, 9], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same', dilations: [2, 2] },
  { batch: 8, size: [6, 6], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same' },
  { batch: 3, size: [6, 6], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same' },
  { batch: 20, size: [6, 6], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [6, 6], filter: [3, 3, 3, 16], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [6, 6], filter: [3, 3, 1, 32], strides: [2, 2], pad: 'same' },
  { batch: 16, size: [6, 6], filter: [3, 3, 20, 16], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [6, 6], filter: [3, 3, 16, 10], strides: [1, 1], pad: 'same' },
  { batch: 20, size: [7, 6], filter: [5, 5, 6, 10], strides: [2, 1], pad: 'same' },
  { batch: 16, size: [7, 6], filter: [2, 2, 1, 6], strides: [2, 2], pad: 'valid' },
  { batch: 16, size: [8, 8], filter: [4, 4, 6, 32], strides: [2, 2], pad: 1 },
  { batch: 16, size: [8, 8], filter: [3, 3, 40, 5], strides: [2, 2], pad: 1 },
  { batch: 16, size: [6, 6], filter: [3, 3, 3, 64], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [6, 6], filter: [3, 3, 1, 32], strides: [1, 1], pad: 'same' },
  { batch: 4, size: [7, 6], filter: [5, 4, 2, 16], strides: [1, 1], pad: 'valid' },
  { batch: 4, size: [7, 6], filter: [5, 4, 2, 64], strides: [1, 1], pad: 'valid' },
  { batch: 4, size: [7, 6], filter: [3, 3, 1, 6], strides: [1, 1], pad: 1 },
  { batch: 4, size: [6, 6], filter: [3, 3, 2, 16], strides: [1, 1], pad: lopsided },
  { batch: 4, size: [6, 6], filter: [3, 3, 2, 64], strides: [1, 1], pad: lopsided },
  { batch: 4, size: [6, 6], filter: [2, 2, 1, 16], strides: [1, 1], pad: 2 },
  { batch: 4, size: [17, 19], filter: [5, 5, 1, 6], strides: [1, 1], pad: 'same' },
  { batch: 4, size: [14, 14], filter: [5, 5, 6, 16], strides: [1, 1], pad: 'valid' },
  { batch: 4, size: [12, 15], filter: [3, 3, 8, 8], strides: [1, 1], pad: 'same' },
  { batch: 4, size: [23, 21], filter: [7, 7, 3, 32], strides: [2, 2], pad: 3 },
  { batch: 2, size: [35, 31], filter: [11, 11, 3, 16], strides: [4, 4], pad: 2 },
  { batch: 4, size: [12, 13], filter: [4, 3, 1, 16], strides: [3, 1], pad: 'valid' },
  { batch: 4, size: [13, 12], filter: [3, 4, 2, 16], strides: [1, 3], pad: 'same' },
  { batch: 4, size: [9, 1], filter: [3, 1, 1, 16], strides: [1, 1], pad: 'same' },
  { batch: 4, size: [1, 9], filter: [1, 3, 2, 16], strides: [1, 1], pad: 'same' },
  { batch: 16, size: [40, 3], filter: [3, 3, 16, 16], strides: [1, 1], pad: 'same' },
];

/** What the convolution between two others gives, and its gradients. */
async function results(name: string, { batch, size, filter, strides, pad, dilations }: Convolution, frozen = false) {
  await setBackend(name);
  const x = randomUniform([batch, ...size, filter[2]], -1, 1, 'float32', 1);
  const w = randomUniform(filter, -1, 1, 'float32', 2);
  const loss = (image: Tensor, taps: Tensor) =>
    tidy(() => {
      const centred = sub(image, mean(image, [0, 1, 2]));
      const y = conv2d(
        centred as Tensor4D,
        taps as Tensor4D,
        strides,
        pad,
        'NHWC',
        dilations ?? [1, 1],
        typeof pad === 'number' ? 'floor' : undefined,
      );
      return mean(mul(relu(y), randomUniform(y.shape, -1, 1, 'float32', 3)));
    });
  const thaw = frozen ? (backend() as OnnxBackend).freeze([w]) : () => undefined;
  const y = tidy(() => loss(x, w));
  const [dx, dw] = grads(loss)([x, w]);
  const values = await Promise.all([y, dx, dw].map((each) => each.data()));
  thaw();
  for (const each of [x, w, y, dx, dw]) each.dispose();
  return values as Float32Array[];
}

describe('convolutions in blocks, and without', () => {
  it.each(cases.map((each) => [JSON.stringify(each), each] as const))('%s', async (_, each) => {
    await setBackend('cpu');
    repairBackend();
    const expected = await results('cpu', each);
    const inBlocks = await results('onnx', each);
    const ofFrozen = await results('onnx', each, true);
    const withoutBlocks = await (backend() as OnnxBackend).runOn(
      (options) => ({ ...loadRuntime(options), block: 0 }),
      () => results('onnx', each),
    );
    for (const found of [inBlocks, ofFrozen, withoutBlocks]) {
      for (const [i, values] of expected.entries()) {
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const off = values.reduce((most, value, at) => Math.max(most, Math.abs(value - found[i][at])), 0);
        expect(off / largest).toBeLessThan(1e-5);
      }
    }
  });
});

it.each<[filter: [number, number, number, number], stride: number, patch: number[] | undefined]>([
  [[3, 3, 1, 32], 1, [8, 2]],
  [[5, 5, 1, 6], 1, [8, 2]],
  [[4, 4, 1, 16], 2, [8, 2]],
  [[3, 3, 3, 64], 1, [2, 2]],
  [[3, 3, 3, 64], 2, [2, 2]],
  [[11, 11, 3, 64], 4, [4, 4]],
  [[3, 3, 8, 8], 1, [1, 2]],
  [[3, 3, 12, 16], 1, undefined],
  [[3, 3, 16, 16], 1, undefined],
  [[1, 1, 3, 16], 1, undefined],
])('takes the gradient in the images of filter %j and stride %d in patches of %j', (filter, stride, patch) => {
  const graph = new Lowering(16);
  const geometry = backend_util.computeConv2DInfo([8, 16, 16, filter[2]], filter, stride, 1, 'same');
  const dy = graph.plain('dy', geometry.outShape, 'float32');
  const found = inputGradientInPatches(graph, dy, graph.plain('filter', filter, 'float32'), within(geometry));
  const { strides } = graph.nodes.find(({ op }) => op === 'Conv')?.attributes ?? {};
  expect(found && (strides as number[]).map((each) => each * stride)).toEqual(patch);
});
