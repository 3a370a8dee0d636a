import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Of a type that the graph knows. */
export const known = (info: TensorInfo): boolean => numeric(info) || info.dtype === 'bool';
export const numeric = ({ dtype }: TensorInfo): boolean => dtype === 'float32' || dtype === 'int32';
/** With elements. */
export const filled = ({ shape }: TensorInfo): boolean => !shape.includes(0);
