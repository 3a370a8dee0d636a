import {
  BatchToSpaceND,
  cast,
  Greater,
  GreaterEqual,
  LeakyRelu,
  Less,
  LessEqual,
  SpaceToBatchND,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';
import { onTensorflow } from './on-tensorflow';

/** A kernel that TensorFlow lacks for a type: inputs of it are cast, and so is the result where that has the inputs' type. */
const castFirst = (kernel: string, from: 'bool' | 'int32', to: 'int32' | 'float32', back = false) =>
  onTensorflow(kernel, [`no-${from}`], (call, stock) => {
    const inputs = Object.entries(call.inputs);
    if (inputs.every(([, { dtype }]) => dtype !== from)) return stock(call);
    const others = inputs.map(([name, each]) => [name, each.dtype === from ? cast(each, to) : each]);
    const result = stock({ ...call, inputs: Object.fromEntries(others) });
    return back ? cast(result, from) : result;
  });

export const otherTypes: readonly KernelRepair[] = [
  ...[Greater, GreaterEqual, Less, LessEqual].map((kernel) => castFirst(kernel, 'bool', 'int32')),
  ...[SpaceToBatchND, BatchToSpaceND].map((kernel) => castFirst(kernel, 'bool', 'int32', true)),
  castFirst(LeakyRelu, 'int32', 'float32'),
];
