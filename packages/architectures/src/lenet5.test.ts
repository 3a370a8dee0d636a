import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromLayersModel, readSafetensors } from '@agoge/core';
import {
  grad,
  mul,
  type Scalar,
  setBackend,
  slice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lenet5 } from './lenet5';
import { loadStateDict } from './weights/load-state-dict';

const shared = new URL('../../../../shared/', import.meta.url);
const digits = new URL('datasets/mnist/t10k-images-idx3-ubyte.gz', shared);

beforeAll(async () => {
  await setBackend('cpu');
});

interface Case {
  net: string;
  weights_file: string;
  label: number[];
  logits_float64: number[][];
  input_grad_ce_sum: { images: number[]; row14: number[][]; linf_norm: number[]; l1_norm: number[] };
}

const cases: Case[] = existsSync(digits)
  ? JSON.parse(readFileSync(new URL('golden/lenet_logits.json', shared), 'utf8')).cases
  : [];

/** The first test images, in [0, 1]. */
function images(n: number): Tensor4D {
  const header = 16;
  const pixels = gunzipSync(readFileSync(digits)).subarray(header, header + n * 784);
  return tensor4d(
    Float32Array.from(pixels, (each) => each / 255),
    [n, 28, 28, 1],
  );
}

/** The slope of cross entropy in the logits, in float64: float32 loses it where the network is sure. */
function slopes(logits: readonly number[], label: number): number[] {
  const largest = Math.max(...logits);
  const exponentials = logits.map((each) => Math.exp(each - largest));
  const total = exponentials.reduce((sum, each) => sum + each);
  const others = exponentials.map((each, k) => (k === label ? 0 : each / total));
  const rest = others.reduce((sum, each) => sum + each);
  return others.map((each, k) => (k === label ? -rest : each));
}

describe.skipIf(cases.length === 0)('the published LeNet5 (needs ../shared/golden)', () => {
  it.each(cases)('$net has the golden logits and gradients', async (each) => {
    const network = lenet5({ initializer: 'zeros' });
    loadStateDict(network, readSafetensors(readFileSync(new URL(`golden/${each.weights_file}`, shared))).tensors);
    const f = fromLayersModel(network, { bounds: [0, 1] });
    const x = images(20);
    const logits = await f(x).data();
    each.logits_float64.flat().forEach((value, i) => {
      expect(Math.abs(logits[i] - value)).toBeLessThan(1e-4);
    });

    const { images: chosen, row14, linf_norm, l1_norm } = each.input_grad_ce_sum;
    const n = chosen.length;
    const direction = tensor2d(chosen.map((i) => slopes([...logits.slice(i * 10, i * 10 + 10)], each.label[i])));
    const loss = (some: Tensor) => sum<Scalar>(mul(f(some as Tensor4D), direction));
    const gradient = [...(await grad(loss)(slice(x, 0, n)).data())];
    chosen.forEach((image, i) => {
      expect(image).toBe(i);
      const own = gradient.slice(i * 784, i * 784 + 784);
      const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(Math.abs(largest / linf_norm[i] - 1)).toBeLessThan(1e-3);
      // PyTorch's own float32 is 0.17 % from these.
      const total = own.reduce((some, value) => some + Math.abs(value), 0);
      expect(Math.abs(total / l1_norm[i] - 1)).toBeLessThan(2e-3);
      const scale = Math.max(...row14[i].map(Math.abs));
      row14[i].forEach((value, column) => {
        expect(Math.abs(own[14 * 28 + column] - value)).toBeLessThan(1e-3 * scale);
      });
    });
    network.dispose();
  });
});
