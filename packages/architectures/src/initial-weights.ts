import { normal, uniform } from '@agoge/core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * Every weight has a stream of its own, keyed by (seed, its name): the same network has the same weights whatever was built
 * before it, in whichever order, on whichever backend.
 */
export type Initialize = (weight: LayerVariable, seed: number) => void;

function draw(weight: LayerVariable, numbers: Float32Array): void {
  tidy(() => {
    weight.write(tensor(numbers, weight.shape as number[]));
  });
}

const product = (sizes: readonly (number | null)[]) => sizes.reduce<number>((total, size) => total * Number(size), 1);

/**
 * Convolution kernels `[height, width, in, out]` from N(0, 2 / fan), fan = height * width * (`in` or `out`).
 *
 * K. He et al., Delving deep into rectifiers (ICCV 2015), §2.2: fan `in` keeps the forward pass's variance, `out` the
 * backward pass's.
 */
export function heNormal(fan: 'in' | 'out'): Initialize {
  return (weight, seed) => {
    const [height, width, from, to] = weight.shape;
    const deviation = Math.sqrt(2 / product([height, width, fan === 'in' ? from : to]));
    const numbers = normal({ seed, stream: weight.originalName }, product(weight.shape));
    draw(
      weight,
      numbers.map((each) => each * deviation),
    );
  };
}

/** Weights and biases uniform in ±1 / sqrt(`inputs`): what PyTorch's `nn.Linear` starts with. */
export function uniformByInputs(inputs: number): Initialize {
  const limit = 1 / Math.sqrt(inputs);
  return (weight, seed) => {
    draw(weight, uniform({ seed, stream: weight.originalName }, product(weight.shape), -limit, limit));
  };
}
