import { backend_util } from '@tensorflow/tfjs-core';
import { type LoweredKernel, like, lowered } from '../lowered-kernel';
import { type Lowering, size, type Value } from '../lowering';
import { identity } from '../order';
import { cut } from './cutting';
import { pad } from './padding';
import { permuted } from './turning';

type Sides = [number, number][];

/** Cut into blocks, the blocks' axes exchanged, and put together again. */
const exchange = (graph: Lowering, x: Value, split: number[], perm: number[], joined: number[]): Value =>
  graph.reshape(permuted(graph.reshape(x, split), perm), joined);

/** Shapes of what goes from the batch into space, or back. */
function blocks(shape: readonly number[], blockShape: number[], intoSpace: boolean) {
  const from = shape as number[];
  const split = backend_util.getReshaped(from, blockShape, size(blockShape), intoSpace);
  return {
    split,
    perm: backend_util.getPermuted(split.length, blockShape.length, intoSpace),
    joined: backend_util.getReshapedPermuted(from, blockShape, size(blockShape), intoSpace),
  };
}

const sidesOf = (paddings: Sides, rank: number): Sides =>
  identity(rank).map((axis) => (axis > 0 && axis <= paddings.length ? paddings[axis - 1] : [0, 0]));
const grown = (shape: readonly number[], sides: Sides) =>
  shape.map((length, axis) => length + sides[axis][0] + sides[axis][1]);

export const spaceKernels: readonly LoweredKernel[] = [
  lowered<{ blockShape: number[]; crops: Sides }>({
    kernel: 'BatchToSpaceND',
    takes: ({ x }) => x.dtype === 'float32' && !x.shape.includes(0),
    infer({ x }, { blockShape, crops }) {
      const { joined } = blocks(x.shape, blockShape, true);
      const cropped = backend_util.getSliceSize(joined, crops, blockShape.length);
      return { ...like(x), shape: joined.map((length, axis) => cropped[axis] ?? length) };
    },
    lower(graph, { x }, { blockShape, crops }, [{ shape }]) {
      const { split, perm, joined } = blocks(x.shape, blockShape, true);
      if (shape.includes(0)) return graph.filled(0, shape, x.type);
      const begin = backend_util.getSliceBeginCoords(crops, blockShape.length);
      const from = identity(joined.length).map((axis) => begin[axis] ?? 0);
      const to = from.map((each, axis) => each + shape[axis]);
      const steps = from.map(() => 1);
      return cut(graph, exchange(graph, x, split, perm, joined), from, to, steps, shape);
    },
  }),
  lowered<{ blockShape: number[]; paddings: Sides }>({
    kernel: 'SpaceToBatchND',
    takes: ({ x }) => x.dtype === 'float32' && !x.shape.includes(0),
    infer({ x }, { blockShape, paddings }) {
      const full = grown(x.shape, sidesOf(paddings, x.shape.length));
      return { ...like(x), shape: blocks(full, blockShape, false).joined };
    },
    lower(graph, { x }, { blockShape, paddings }, [{ shape }]) {
      const sides = sidesOf(paddings, x.shape.length);
      const full = grown(x.shape, sides);
      const { split, perm } = blocks(full, blockShape, false);
      return exchange(graph, pad(graph, x, sides, 0, full), split, perm, shape);
    },
  }),
  lowered<{ blockSize: number; dataFormat: string }>({
    kernel: 'DepthToSpace',
    takes: ({ x }, { dataFormat }) => x.dtype === 'float32' && !x.shape.includes(0) && dataFormat === 'NHWC',
    infer({ x }, { blockSize: block }) {
      const [n, height, width, depth] = x.shape;
      return { ...like(x), shape: [n, height * block, width * block, depth / block ** 2] };
    },
    lower(graph, { x }, { blockSize: block }, [{ shape }]) {
      const [n, height, width] = x.shape;
      return exchange(graph, x, [n, height, width, block, block, shape[3]], [0, 1, 3, 2, 4, 5], [...shape]);
    },
  }),
];
