import { concat, stack } from '@tensorflow/tfjs-core';
import { copied, flat, type LinearMap, sizeOf } from './float64/linear-map';
import type { KernelCase } from './kernel-case';
import { keptCases, type LinearKernel, linearCases } from './linear-cases';

type Shape = readonly number[];
const text = (value: unknown) => JSON.stringify(value);

/** Inputs one behind the other along an axis. */
function behind(axis: number, inputs: readonly Shape[]): LinearMap {
  const length = inputs.reduce((sum, input) => sum + input[axis], 0);
  return copied(inputs[0].toSpliced(axis, 1, length), (place) => {
    let [before, along] = [0, place[axis]];
    for (const input of inputs) {
      if (along < input[axis]) return before + flat(place.with(axis, along), input);
      along -= input[axis];
      before += sizeOf(input);
    }
    return -1;
  });
}

function joined(axis: number, ...inputs: Shape[]): LinearKernel {
  return {
    kernel: 'Concat',
    name: `${inputs.map(text).join(' ')} along ${axis}`,
    inputs,
    map: behind(axis < 0 ? axis + inputs[0].length : axis, inputs),
    compute: (...x) => concat(x, axis),
    backward: 'gradient',
  };
}

function packed(count: number, input: Shape, axis: number): LinearKernel {
  const along = axis < 0 ? axis + input.length + 1 : axis;
  const times = <T>(value: T) => Array.from({ length: count }, () => value);
  return {
    kernel: 'Pack',
    name: `${count} of ${text(input)} along ${axis}`,
    inputs: times(input),
    map: behind(along, times(input.toSpliced(along, 0, 1))),
    compute: (...x) => stack(x, axis),
    backward: 'gradient',
  };
}

const many = Array.from({ length: 20 }, (_, i) => [1 + (i % 3), 5]);

/** Kernels that make one tensor of several: Concat, Pack. */
export const joiningCases: readonly KernelCase[] = [
  ...[joined(3, [2, 3, 3, 5], [2, 3, 3, 2]), packed(3, [5], 1)].flatMap(keptCases),
  ...[
    joined(0, [3], [5], [1]),
    joined(0, [2, 3], [4, 3]),
    joined(1, [2, 3], [2, 5], [2, 1]),
    joined(-1, [2, 3, 3, 5], [2, 3, 3, 2]),
    joined(1, [1, 2, 3, 2], [1, 4, 3, 2]),
    joined(2, [1, 2, 1, 2, 3], [1, 2, 2, 2, 3]),
    joined(0, [2, 3], [0, 3], [1, 3]),
    joined(0, [0, 3], [2, 3]),
    joined(0, [0, 3], [0, 3]),
    { ...joined(0, ...many), backward: undefined },
    packed(3, [], 0),
    packed(3, [5], 0),
    packed(2, [2, 3, 4], -1),
    packed(2, [2, 3, 4], 1),
    packed(1, [2, 3, 4], 2),
    packed(2, [0, 3], 0),
  ].flatMap(linearCases),
];
