import '@tensorflow/tfjs-backend-wasm';
import '@agoge/backend-onnx';
import { repairBackend } from '@agoge/backends';
import { type Classifier, frozen, uniform } from '@agoge/core';
import { argMax, cast, setBackend, type Tensor1D, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { isPresent, lenet } from '../test/lenet';
import { square } from './square';

const [examples, queries] = [32, 62];

/**
 * Square against as many passes of the classifier alone, LeNet5 on images of noise that no query breaks; one after the other,
 * so that a busy machine slows both.
 */
describe.skipIf(!isPresent).each(['wasm', 'onnx'])('on %s (needs ../shared)', (backend) => {
  let f: Classifier;
  let x: Tensor4D;
  let y: Tensor1D;
  const options = {
    time: 1,
    warmupTime: 1,
    warmupIterations: 1,
    iterations: 3,
    async setup() {
      await setBackend(backend);
      if (backend !== 'onnx') repairBackend();
      f = lenet('advtrained');
      x = tensor4d(uniform({ seed: 1, stream: 'x' }, examples * 784), [examples, 28, 28, 1]);
      y = tidy(() => cast(argMax(f(x), 1), 'int32')) as Tensor1D;
    },
  };

  bench(
    `${queries + 3} forward passes`,
    () =>
      frozen(f, async () => {
        for (let i = 0; i < queries + 3; i++) {
          const logits = f(x);
          await logits.data();
          logits.dispose();
        }
      }),
    options,
  );
  for (const norm of ['linf', 'l2', 'l1'] as const) {
    bench(
      `square in ${norm}, as many queries`,
      async () => {
        const result = await square(f, x, y, { norm, eps: 1e-4, queries });
        result.x.dispose();
      },
      options,
    );
  }
});
