import '@tensorflow/tfjs-layers';
import {
  abs,
  add,
  backend,
  clipByValue,
  conv2d,
  grad,
  losses,
  matMul,
  max,
  maxPool,
  mean,
  memory,
  mul,
  relu,
  reshape,
  type Scalar,
  setBackend,
  sign,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor4d,
  tidy,
  train,
  variable,
} from '@tensorflow/tfjs-core';
import type { OnnxBackend } from '../src/index';
import '../src/index';
import { noise } from './on-both';

const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const megabytes = () => process.memoryUsage().rss / 1e6;

/** What a process holds at one moment. */
function held() {
  collect();
  const { numTensors, numDataBuffers, numBytes } = memory();
  const { kept, compiled } = (backend() as OnnxBackend).report();
  const { heapUsed, external } = process.memoryUsage();
  return {
    counts: { numTensors, numDataBuffers, numBytes, kept, compiled },
    megabytes: megabytes(),
    ofJavaScript: (heapUsed + external) / 1e6,
  };
}

/** Small training steps, read every tenth or never at all; tells what is held after 100, 200 and at the end. */
export async function smallSteps({ steps, reads }: { steps: number; reads: boolean }) {
  await setBackend('onnx');
  const [filter, dense] = tidy(() => [
    variable(tensor(noise(36, 1), [3, 3, 1, 4])),
    variable(tensor(noise(108, 2), [36, 3])),
  ]);
  const adam = train.adam(1e-3);
  const samples: ReturnType<typeof held>[] = [];
  for (let step = 0; step < steps; step++) {
    const x = tensor4d(noise(4 * 36, step), [4, 6, 6, 1]);
    const y = tensor([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0], [4, 3]) as Tensor2D;
    const cost = adam.minimize(() => {
      const features = maxPool(relu(conv2d(x, filter as Tensor4D, 1, 'same')), 2, 2, 'valid');
      return losses.softmaxCrossEntropy(y, matMul(reshape(features, [4, 36]), dense as Tensor2D)) as Scalar;
    }, true) as Scalar;
    if (reads && step % 10 === 0) await cost.data();
    for (const each of [x, y, cost]) each.dispose();
    if (step === 99 || step === 199 || step === steps - 1) {
      await filter.data();
      samples.push(held());
    }
  }
  return samples;
}

/** PGD of so many steps with frozen weights; tells the most memory at the end of a step, and that of the process. */
export async function attack({ steps }: { steps: number }) {
  await setBackend('onnx');
  const onnx = backend() as OnnxBackend;
  const filters = [
    tensor(noise(27 * 32, 1), [3, 3, 3, 32]) as Tensor4D,
    tensor(noise(288 * 32, 2), [3, 3, 32, 32]) as Tensor4D,
  ];
  const dense = tensor(noise(320, 3), [32, 10]) as Tensor2D;
  const clean = tensor4d(noise(64 * 32 * 32 * 3, 4), [64, 32, 32, 3]);
  const loss = (x: Tensor): Scalar => {
    const features = filters.reduce((each, filter) => relu(conv2d(each, filter, 1, 'same')), x as Tensor4D);
    return sum(square(matMul(mean<Tensor2D>(features, [1, 2]), dense)));
  };
  const thaw = onnx.freeze([...filters, dense]);
  let [x, most] = [clean.clone(), 0];
  for (let step = 0; step < steps; step++) {
    const next = tidy(() => {
      const moved = add(x, mul(sign(grad(loss)(x)), 0.01));
      return add(clean, clipByValue(sub(moved, clean), -0.1, 0.1)) as Tensor4D;
    });
    x.dispose();
    x = next;
    await onnx.flush();
    // What V8 has not collected yet, up to some 60 MB of dead images, is no need of the attack.
    collect();
    most = Math.max(most, megabytes());
  }
  thaw();
  const [distance] = await tidy(() => max(abs(sub(x, clean)))).data();
  return { steps, most, peak: process.resourceUsage().maxRSS / 1e3, distance };
}
