import { normal, uniform } from '@agoge/core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * What a weight starts with. Every weight has a stream of its own, keyed by (seed, its name): the same network has the same
 * weights whatever was built before it, in whichever order, on whichever backend.
 *
 * @param inputs how many numbers each output is made of, which a bias does not show
 */
export type Initialize = (weight: LayerVariable, seed: number, inputs: number) => void;

/** What the layers of a network start with. */
export interface Initializers {
  convolution: Initialize;
  dense: Initialize;
}

/** {@link Initializers} and a seed. */
export interface Initial extends Initializers {
  seed: number;
}

/** What a user may ask for by name. */
export const initializerNames = ['published', 'zeros', 'he-fan-in', 'he-fan-out', 'glorot', 'pytorch'] as const;
export type InitializerName = (typeof initializerNames)[number];

/** Those of a name; `published` are the network's own. */
export function initializersOf(name: InitializerName, published: Initializers): Initializers {
  if (name === 'published') return published;
  const initialize = named[name];
  return { convolution: initialize, dense: initialize };
}

const product = (sizes: readonly (number | null)[]) => sizes.reduce<number>((total, size) => total * Number(size), 1);

/** `[..., in, out]`. */
function fans({ shape }: LayerVariable): { in: number; out: number } {
  const window = product(shape.slice(0, -2));
  return { in: window * Number(shape.at(-2)), out: window * Number(shape.at(-1)) };
}

function draw(weight: LayerVariable, numbers: Float32Array): void {
  tidy(() => {
    weight.write(tensor(numbers, weight.shape as number[]));
  });
}

/** N(0, deviation^2). */
function drawNormal(weight: LayerVariable, seed: number, deviation: number): void {
  const numbers = normal({ seed, stream: weight.originalName }, product(weight.shape));
  for (let i = 0; i < numbers.length; i++) numbers[i] *= deviation;
  draw(weight, numbers);
}

function drawUniform(weight: LayerVariable, seed: number, limit: number): void {
  draw(weight, uniform({ seed, stream: weight.originalName }, product(weight.shape), -limit, limit));
}

/** Kernels as they are told, biases 0, which they are from the start. */
export const kernelsOnly =
  (initialize: Initialize): Initialize =>
  (weight, seed, inputs) => {
    if (weight.shape.length > 1) initialize(weight, seed, inputs);
  };

/**
 * Kernels `[..., in, out]` from N(0, 2 / fan), fan = height * width * (`in` or `out`); biases 0.
 *
 * K. He et al., Delving deep into rectifiers (ICCV 2015), §2.2: fan `in` keeps the forward pass's variance, `out` the
 * backward pass's.
 */
export const heNormal = (fan: 'in' | 'out'): Initialize =>
  kernelsOnly((weight, seed) => drawNormal(weight, seed, Math.sqrt(2 / fans(weight)[fan])));

/** Kernels from N(0, deviation^2), biases 0. */
export const gaussian = (deviation: number): Initialize =>
  kernelsOnly((weight, seed) => drawNormal(weight, seed, deviation));

/** Weights and biases uniform in ±1 / sqrt(`inputs`): what PyTorch's `nn.Linear` and `nn.Conv2d` start with. */
export const uniformByInputs: Initialize = (weight, seed, inputs) => drawUniform(weight, seed, 1 / Math.sqrt(inputs));

/** Kernels `[in, out]` uniform in ±1 / sqrt(out), biases 0: EfficientNet's last layer. */
export const uniformByOutputs: Initialize = kernelsOnly((weight, seed) =>
  drawUniform(weight, seed, 1 / Math.sqrt(fans(weight).out)),
);

/** What a network of PyTorch's layers starts with, where it says nothing. */
export const asPyTorch: Initializers = { convolution: uniformByInputs, dense: uniformByInputs };

/** Kernels uniform in ±sqrt(6 / (fan in + fan out)), biases 0 (X. Glorot and Y. Bengio, AISTATS 2010; Keras's default). */
const glorot = kernelsOnly((weight, seed) => {
  const fan = fans(weight);
  drawUniform(weight, seed, Math.sqrt(6 / (fan.in + fan.out)));
});

const named: Record<Exclude<InitializerName, 'published'>, Initialize> = {
  zeros: () => undefined,
  'he-fan-in': heNormal('in'),
  'he-fan-out': heNormal('out'),
  glorot,
  pytorch: uniformByInputs,
};
