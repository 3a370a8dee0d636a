import {
  abs,
  add,
  Cast,
  div,
  equal,
  FloorDiv,
  floor,
  isFinite as isFiniteNumber,
  isNaN as isNaNumber,
  less,
  logicalNot,
  logicalOr,
  Mod,
  mul,
  Sign,
  scalar,
  sub,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { onTensorflow } from './on-tensorflow';

const integer = (value: number) => scalar(value, 'int32');

/** By 0, which TensorFlow refuses, and by -1, where the least integer leaves 32 bits: the kernel by 1, and what it lacks. */
const division = (kernel: string, complete: (byOne: Tensor, divisor: Tensor) => Tensor) =>
  onTensorflow(kernel, ['throws-by-zero'], (call, stock) => {
    const { a, b } = call.inputs;
    if (b.dtype !== 'int32') return stock(call);
    const bad = logicalOr(equal(b, integer(0)), equal(b, integer(-1)));
    const byOne = stock({ ...call, inputs: { a, b: where(bad, integer(1), b) } });
    return complete(byOne, where(bad, b, integer(1)));
  });

/** What int32 cannot hold, of which TensorFlow makes the least one: the last 32 bits, exactly, and 0 of what is no number. */
const cast = onTensorflow(Cast, ['unholdable-is-least'], (call, stock) => {
  const { x } = call.inputs;
  if (x.dtype !== 'float32' || call.attrs.dtype !== 'int32') return stock(call);
  const times = floor(add(div(x, scalar(2 ** 32)), scalar(0.5)));
  const around = sub(x, mul(times, scalar(2 ** 32)));
  const held = where(less(abs(x), scalar(2 ** 31)), x, around);
  return stock({ ...call, inputs: { x: where(isFiniteNumber(x), held, scalar(0)) } });
});

/** TensorFlow's sign of NaN is NaN. */
const sign = onTensorflow(Sign, ['nan-of-nan'], (call, stock) => {
  const found = stock(call);
  return call.inputs.x.dtype === 'float32' ? where(logicalNot(isNaNumber(call.inputs.x)), found, scalar(0)) : found;
});

export const wholeNumbers: readonly KernelRepair[] = [
  division(FloorDiv, mul),
  division(Mod, (byOne) => byOne),
  cast,
  sign,
];
