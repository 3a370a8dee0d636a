import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import {
  abs,
  dispose,
  div,
  grads,
  mul,
  setBackend,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  truncatedNormal,
} from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { pssilu } from './index';

/** The formula as written, with the gradients of tfjs. */
const composed = (x: Tensor, alpha: Tensor, beta: Tensor) =>
  div(mul(x, sub(sigmoid(mul(x, abs(alpha))), abs(beta))), sub(1, abs(beta)));

describe.each(['cpu', 'wasm'])('forward and backward of 64 x 16 x 16 x 32 on %s', (backendName) => {
  let inputs: Tensor[] = [];
  const options = {
    time: 1000,
    iterations: 3,
    async setup() {
      await setBackend(backendName);
      inputs = [truncatedNormal([64, 16, 16, 32], 0, 2, 'float32', 1), tensor1d([1.2]), tensor1d([0.1])];
    },
    teardown: () => dispose(inputs),
  };
  const training = (f: typeof composed) => () =>
    void tidy(() => grads((...[x, alpha, beta]: Tensor[]) => sum(f(x, alpha, beta)))(inputs));
  const attack = (f: (x: Tensor) => Tensor) => () => void tidy(() => grads((x: Tensor) => sum(f(x)))([inputs[0]]));

  bench('fused, gradients to all', training(pssilu), options);
  bench('composed, gradients to all', training(composed), options);
  bench(
    'fused, gradient to the input',
    attack((x) => pssilu(x, 1.2, 0.1)),
    options,
  );
  bench(
    'composed, gradient to the input',
    attack((x) => composed(x, inputs[1], inputs[2])),
    options,
  );
});
