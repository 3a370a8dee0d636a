import { fill, grad, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Tolerance } from './compare';
import { cotangents } from './float64/cotangents';
import { sizeOf } from './float64/linear-map';
import { axesOf, mapped, reduced, reducedShape, rows } from './float64/rows';
import { values } from './float64/values';
import type { KernelCase, Precision } from './kernel-case';

type Shape = readonly number[];
type Axis = number | readonly number[];
type Dtype = KernelCase['dtype'];

/** A kernel that makes one number of many. */
export interface ReductionKernel {
  kernel: string;
  /** `logSumExp`: where the kernel has several entries. */
  name?: string;
  op(x: Tensor, axis: number | number[] | undefined, keepDims: boolean): Tensor;
  /** Of one row, in float64. */
  f(row: number[]): number;
  /** The derivatives with respect to each of the row; without it the gradient has no cases. */
  df?(row: number[]): readonly number[];
  precision: Precision;
  /** The size of the terms that f, and each of df, is a sum of, where they cancel. */
  terms?(row: number[]): number;
  slopeTerms?(row: number[]): readonly number[];
  /** In place of `precision`, for rows of a length. */
  tolerance?(length: number): Tolerance;
  /** Where points are from; [-1, 1] by default. */
  range?: readonly [low: number, high: number];
  /** Rows of its own: ties, zeros, NaN, infinities. */
  special?: readonly (readonly number[])[];
  /** Those of its own at which the gradient is such. */
  smooth?: readonly (readonly number[])[];
  /** Rows of int32. */
  whole?: readonly (readonly number[])[];
  /** The type of what it reduces, and of the result; float32 by default. */
  takes?: Dtype;
  dtype?: Dtype;
  /** It has a value for empty rows. */
  ofNone?: true;
  /** It takes one axis, and keeps no dimension. */
  oneAxis?: true;
}

interface Layout {
  shape: Shape;
  axis?: Axis;
  keepDims?: boolean;
}

const layouts: readonly Layout[] = [
  { shape: [1], axis: 0 },
  { shape: [2], axis: -1 },
  { shape: [7], axis: 0 },
  { shape: [100] },
  { shape: [1000], axis: [0] },
  { shape: [] },
  { shape: [3, 7], axis: 1 },
  { shape: [7, 3], axis: 0 },
  { shape: [4, 1001], axis: -1 },
  { shape: [100, 5], axis: 0 },
  { shape: [5, 1, 3], axis: 1 },
  { shape: [3, 4, 5], axis: -2 },
  { shape: [3, 4, 5], axis: [0, 2] },
  { shape: [2, 3, 4, 5] },
  { shape: [2, 3, 4, 5], axis: [1, 2] },
  { shape: [2, 3, 4, 5], axis: [1, 2], keepDims: true },
  { shape: [2, 3, 4, 5], axis: [-1, 0], keepDims: true },
  { shape: [2, 3, 4, 5], axis: 3 },
  { shape: [2, 3, 4, 5], axis: 0 },
  { shape: [2, 3, 2, 2, 3], axis: [1, 3] },
  { shape: [0, 3], axis: 1 },
];
const empty: readonly Layout[] = [
  { shape: [0] },
  { shape: [0, 3], axis: 0 },
  { shape: [3, 0], axis: -1, keepDims: true },
];

interface Input extends Layout {
  theme: string;
  values: readonly number[];
  dtype: Dtype;
}

/** The cases of a kernel: axes of every kind, its own rows, empty rows, int32; forward and gradient. */
export function casesOfReduction(each: ReductionKernel): KernelCase[] {
  const { special = [], smooth = [], whole = [], takes = 'float32', df, ofNone, oneAxis } = each;
  const fits = ({ shape, axis, keepDims }: Layout) =>
    !oneAxis || (typeof axis === 'number' && shape.length > 0 && !keepDims);
  const random = layouts.filter(fits).map((layout) => ({ ...layout, ...dataOf(layout, takes, each.range) }));
  const none = (ofNone ? empty : []).map((layout) => ({ ...layout, ...dataOf(layout, takes) }));
  const own = rowsOf('rows of its own', special, takes);
  return [
    ...[...random, ...none, ...own, ...rowsOf('int32', whole, 'int32')].map((input) => forward(each, input)),
    ...(df
      ? [...random, ...none, ...rowsOf('rows of its own', smooth, takes)].map((input) => gradient(each, df, input))
      : []),
  ];
}

function dataOf(layout: Layout, dtype: Dtype, [low, high]: readonly [number, number] = [-1, 1]) {
  const { shape, axis, keepDims } = layout;
  // So many levels that no two of a row are alike.
  const random = Array.from(values(sizeOf(shape), 5, 2 ** 20), (value) =>
    Math.fround(low + ((high - low) * (value + 1)) / 2),
  );
  const along = axis === undefined ? 'all' : `axis ${[axis].flat()}`;
  return {
    theme: `[${shape}], ${along}${keepDims ? ', kept' : ''}`,
    values: dtype === 'bool' ? random.map((value) => Number(value < 0.6)) : random,
    dtype,
  };
}

/** Rows of one length: as rows, and as columns. */
function rowsOf(theme: string, all: readonly (readonly number[])[], dtype: Dtype): Input[] {
  if (all.length === 0) return [];
  const [length] = all.map((row) => row.length);
  const columns = Array.from({ length }, (_, i) => all.map((row) => row[i]));
  return [
    { theme, shape: [all.length, length], axis: 1, values: all.flat(), dtype },
    { theme: `${theme}, as columns`, shape: [length, all.length], axis: 0, values: columns.flat(), dtype },
  ];
}

/** What the axes of an input are to float64's rows. */
function layoutOf({ shape, axis, keepDims = false }: Layout) {
  const axes = axesOf(shape, axis);
  return { positions: () => rows(shape, axes), result: reducedShape(shape, axes, keepDims), keepDims };
}

const axisOf = (axis?: Axis) => (typeof axis === 'object' ? [...axis] : axis);
const titled = ({ name }: ReductionKernel, { theme }: Input) => (name ? `${name}, ${theme}` : theme);
const rowLength = ({ shape, axis }: Layout) => axesOf(shape, axis).reduce((length, each) => length * shape[each], 1);

function forward(each: ReductionKernel, input: Input): KernelCase {
  const { kernel, op, f, precision, terms, tolerance } = each;
  const { shape, axis, values, dtype } = input;
  const { positions, result, keepDims } = layoutOf(input);
  const reducedType = each.dtype ?? dtype;
  return {
    kernel,
    of: 'forward',
    name: titled(each, input),
    compute() {
      // Memory that was in use, so that a kernel shows what it does not write.
      fill(result, 7).dispose();
      return op(tensor([...values], [...shape], dtype), axisOf(axis), keepDims);
    },
    shape: result,
    dtype: reducedType,
    expected: () => reduced(values, positions(), f),
    precision: reducedType === 'float32' ? precision : 'exact',
    ...(terms && { terms: () => reduced(values, positions(), terms) }),
    ...(tolerance && reducedType === 'float32' && { tolerance: tolerance(rowLength(input)) }),
  };
}

function gradient(each: ReductionKernel, df: (row: number[]) => readonly number[], input: Input): KernelCase {
  const { kernel, op, precision, slopeTerms } = each;
  const { shape, axis, values } = input;
  const { positions, result, keepDims } = layoutOf(input);
  const dy = cotangents(sizeOf(result));
  return {
    kernel,
    of: 'gradient',
    name: titled(each, input),
    compute: () => grad((x) => op(x, axisOf(axis), keepDims))(tensor([...values], [...shape]), tensor(dy, result)),
    shape,
    dtype: 'float32',
    expected: () => mapped(values, positions(), (row, which) => df(row).map((slope) => dy[which] * slope)),
    ...(slopeTerms && {
      terms: () =>
        mapped(values, positions(), (row, which) => slopeTerms(row).map((size) => Math.abs(dy[which]) * size)),
    }),
    precision: precision === 'exact' ? 'arithmetic' : precision,
  };
}
