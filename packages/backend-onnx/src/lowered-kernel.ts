import type { DataType, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Lowering, Value } from './lowering';
import type { ElementType } from './model-proto';

/** Shape and type of a result, known when the kernel is recorded. */
export interface Spec {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}
export type Inputs = Readonly<Record<string, TensorInfo>>;

/** A kernel of TensorFlow.js as operators of ONNX. */
export interface LoweredKernel<Attributes = NamedAttrMap> {
  readonly kernel: string;
  /** Whether this call is lowered; one that is not runs on the cpu backend's kernel. Always, where left out. */
  takes?(inputs: Inputs, attributes: Attributes): boolean;
  /** Whether values may come with axes in blocks. */
  readonly blocked?: boolean;
  infer(inputs: Inputs, attributes: Attributes): Spec | Spec[];
  lower(
    graph: Lowering,
    values: Readonly<Record<string, Value>>,
    attributes: Attributes,
    results: readonly Spec[],
  ): Value | Value[];
}

/** Kernels with their attributes typed: TensorFlow.js knows them as a map. */
export const lowered = <Attributes = NamedAttrMap>(definition: LoweredKernel<Attributes>) =>
  definition as unknown as LoweredKernel;

/** Whether every input is of float32 and has elements. */
export const areFullFloats = (inputs: Inputs): boolean =>
  Object.values(inputs).every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));

export const elementType = (dtype: DataType): ElementType | undefined =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool' ? dtype : undefined;

export const like = ({ shape, dtype }: TensorInfo): Spec => ({ shape, dtype: dtype as Spec['dtype'] });
