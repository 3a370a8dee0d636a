import {
  add,
  addN,
  isFinite as isFiniteNumber,
  LRN,
  type LRNAttrs,
  LRNGrad,
  logicalNot,
  mul,
  pad,
  pow,
  slice,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { type Backend, holds, onTensorflow } from './on-tensorflow';

const faults = ['nan-beyond-the-window'];
const anyNot = (each: Tensor, backend: Backend) => holds(logicalNot(isFiniteNumber(each)), backend);

/** `y = x b^-beta` with `b = bias + alpha (sum of x^2 over the window)`; TensorFlow's own sums make NaN of a whole pixel. */
const forward = onTensorflow(LRN, faults, (call, stock, backend) => {
  const { x } = call.inputs;
  if (!anyNot(x, backend)) return stock(call);
  const attributes = call.attrs as unknown as LRNAttrs;
  return mul(x, pow(base(x, attributes), -attributes.beta));
});

/** `dx = dy b^-beta - 2 alpha beta x (sum of dy x b^(-beta - 1) over the window)`. */
const gradient = onTensorflow(LRNGrad, faults, (call, stock, backend) => {
  const { x, dy } = call.inputs;
  if (!anyNot(x, backend) && !anyNot(dy, backend)) return stock(call);
  const attributes = call.attrs as unknown as LRNAttrs;
  const { alpha, beta, depthRadius } = attributes;
  const b = base(x, attributes);
  const shared = overChannels(mul(mul(dy, x), pow(b, -beta - 1)), depthRadius);
  return sub(mul(dy, pow(b, -beta)), mul(mul(x, 2 * alpha * beta), shared));
});

const base = (x: Tensor, { alpha, bias, depthRadius }: LRNAttrs) =>
  add(mul(overChannels(square(x), depthRadius), alpha), bias);

/** Sums over the channels that are at most the radius apart. */
function overChannels(each: Tensor, radius: number): Tensor {
  const around = each.shape.map((_, axis): [number, number] => (axis === 3 ? [radius, radius] : [0, 0]));
  const padded = pad(each, around);
  return addN(Array.from({ length: 2 * radius + 1 }, (_, from) => slice(padded, [0, 0, 0, from], each.shape)));
}

export const localResponses: readonly KernelRepair[] = [forward, gradient];
