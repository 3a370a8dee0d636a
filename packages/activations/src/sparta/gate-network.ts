import { normal } from '@agoge/core';
import { add, concat, conv2d, mean, relu, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { channelMaximum } from './channel-maximum';

/** What a gate network sees and says: all channels, for one channel width, or their mean and maximum, for any. */
export type Gate = 'stage' | 'shared';

export interface GateSize {
  gate: Gate;
  /** Of the input that is gated. */
  channels: number;
  /** Channels between the two convolutions. */
  hidden: number;
  kernelSize: number;
}

/** Names and shapes of a gate network's weights, in the order in which {@link gateNetwork} takes them. */
export function gateWeights({ gate, channels, hidden, kernelSize }: GateSize): [name: string, shape: number[]][] {
  const [from, to] = gate === 'shared' ? [2, 1] : [channels, channels];
  return [
    ['conv1.kernel', [kernelSize, kernelSize, from, hidden]],
    ['conv1.bias', [hidden]],
    ['conv2.kernel', [kernelSize, kernelSize, hidden, to]],
    ['conv2.bias', [to]],
  ];
}

/** Start values of the first kernel: He-normal (fan in), since a ReLU follows. All other weights start at 0. */
export function firstKernel([height, width, from, to]: readonly number[], seed: number, stream: string): Float32Array {
  const fan = height * width * from;
  return normal({ seed, stream }, fan * to).map((each) => each * Math.sqrt(2 / fan));
}

/**
 * `phi(x) = conv2(max(conv1(seen), 0))`, both convolutions with bias and zeros around the image; `seen` is `x` (`stage`), or
 * mean and maximum over its channels (`shared`).
 *
 * @returns `[n, height, width, channels]` for `stage`, `[n, height, width, 1]` for `shared`
 */
export function gateNetwork(x: Tensor4D, gate: Gate, weights: readonly Tensor[]): Tensor4D {
  const [kernel1, bias1, kernel2, bias2] = weights;
  const seen = gate === 'shared' ? concat([mean<Tensor4D>(x, -1, true), channelMaximum(x)], 3) : x;
  const hidden = relu(add<Tensor4D>(conv2d(seen, kernel1 as Tensor4D, 1, 'same'), bias1));
  return add(conv2d(hidden, kernel2 as Tensor4D, 1, 'same'), bias2);
}
