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

/**
 * How many numbers a kernel joins, `window` = height * width of them for each channel: `in`, those that an output is made of;
 * `out`, `window` times all output channels, as PyTorch counts whatever the groups; `last`, `window` times the kernel's last
 * axis, as the code of EfficientNet counts. The two differ in a depthwise kernel `[height, width, channels, 1]`.
 */
function fans({ shape }: LayerVariable, inputs: number): Record<Fan, number> {
  const window = product(shape.slice(0, -2));
  return { in: inputs, out: (window * product(shape)) / inputs, last: window * Number(shape.at(-1)) };
}

type Fan = 'in' | 'out' | 'last';

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
 * Kernels from N(0, 2 / fan), biases 0: `in` and `out` are PyTorch's `kaiming_normal_` with `mode` `fan_in` and `fan_out`.
 *
 * K. He et al., Delving deep into rectifiers (ICCV 2015), §2.2: fan `in` keeps the forward pass's variance, `out` the
 * backward pass's, where there are no groups.
 *
 * @param fan as {@link fans} counts it
 */
export const heNormal = (fan: Fan): Initialize =>
  kernelsOnly((weight, seed, inputs) => drawNormal(weight, seed, Math.sqrt(2 / fans(weight, inputs)[fan])));

/** Kernels from N(0, deviation^2), biases 0. */
export const gaussian = (deviation: number): Initialize =>
  kernelsOnly((weight, seed) => drawNormal(weight, seed, deviation));

/** Weights and biases uniform in ±1 / sqrt(`inputs`): what PyTorch's `nn.Linear` and `nn.Conv2d` start with. */
export const uniformByInputs: Initialize = (weight, seed, inputs) => drawUniform(weight, seed, 1 / Math.sqrt(inputs));

/** Kernels `[in, out]` uniform in ±1 / sqrt(out), biases 0: EfficientNet's last layer. */
export const uniformByOutputs: Initialize = kernelsOnly((weight, seed, inputs) =>
  drawUniform(weight, seed, 1 / Math.sqrt(fans(weight, inputs).out)),
);

/** What a network of PyTorch's layers starts with, where it says nothing. */
export const asPyTorch: Initializers = { convolution: uniformByInputs, dense: uniformByInputs };

/** Kernels uniform in ±sqrt(6 / (fan in + fan out)), biases 0 (X. Glorot and Y. Bengio, AISTATS 2010), as PyTorch's `xavier_uniform_`. */
const glorot = kernelsOnly((weight, seed, inputs) => {
  const fan = fans(weight, inputs);
  drawUniform(weight, seed, Math.sqrt(6 / (fan.in + fan.out)));
});

const named: Record<Exclude<InitializerName, 'published'>, Initialize> = {
  zeros: () => undefined,
  'he-fan-in': heNormal('in'),
  'he-fan-out': heNormal('out'),
  glorot,
  pytorch: uniformByInputs,
};
