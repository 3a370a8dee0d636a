import {
  add,
  argMax,
  argMin,
  avgPool,
  batchNorm,
  batchToSpaceND,
  cast,
  clipByValue,
  concat,
  conv2d,
  cumprod,
  cumsum,
  depthwiseConv2d,
  div,
  einsum,
  elu,
  erf,
  exp,
  expandDims,
  floorDiv,
  gather,
  gatherND,
  image,
  leakyRelu,
  log1p,
  logSumExp,
  matMul,
  max,
  maximum,
  maxPool,
  mean,
  minimum,
  mirrorPad,
  mod,
  moments,
  mul,
  neg,
  oneHot,
  pad,
  prelu,
  relu,
  reshape,
  reverse,
  scatterND,
  sigmoid,
  slice,
  softmax,
  softplus,
  spaceToBatchND,
  sqrt,
  square,
  stack,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
  tanh,
  tensor,
  tensor1d,
  tensorScatterUpdate,
  tidy,
  tile,
  topk,
  transpose,
  unsortedSegmentSum,
  unstack,
  where,
} from '@tensorflow/tfjs-core';

/** Numbers from a seed: whole ones below a bound, and floats in [-1, 1). */
class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }
  private next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state;
  }
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  floats(size: number): Float32Array {
    return Float32Array.from({ length: size }, () => this.next() / 2 ** 31 - 1);
  }
}

const at = (x: Tensor) => x.shape as number[];
type Rule = (x: Tensor, dice: Dice, weight: (shape: number[]) => Tensor) => Tensor | undefined;

/** Something of the same size along random axes, 1 along the others: what broadcasts to a shape. */
const partner = (shape: number[], dice: Dice) =>
  shape.slice(dice.below(shape.length)).map((length) => (dice.below(3) === 0 ? 1 : length));
const positive = (x: Tensor) => add(square(x), 0.1);
/** Where tanh is all but 1, its gradient 1 - tanh^2 is what rounding left of it. */
const bent = (x: Tensor) => tanh(clipByValue(x, -3, 3));

type Constant = (shape: number[], dice: Dice) => Tensor | undefined;
const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
const floats = (shape: number[], dice: Dice) => tensor(dice.floats(size(shape)), shape);
const integers = (shape: number[], dice: Dice) =>
  tensor(
    Array.from({ length: size(shape) }, () => dice.below(19) - 9),
    shape,
    'int32',
  );
const rowsIn = (count: number, dice: Dice, rows: number) =>
  tensor(
    Array.from({ length: count }, () => dice.below(rows)),
    [count, 1],
    'int32',
  );

/** Kernels that TensorFlow.js cannot differentiate, on constants. */
const constants: Constant[] = [
  (shape, dice) =>
    cumprod(add(floats(shape, dice), 0.2), dice.below(shape.length), dice.below(2) === 0, dice.below(2) === 0),
  (shape, dice) => mod(integers(shape, dice), integers(shape, dice)),
  (shape, dice) => floorDiv(integers(shape, dice), integers(shape, dice)),
  (shape, dice) => mul(integers(shape, dice), sub(integers(shape, dice), integers(shape, dice))),
  (shape, dice) => cast(mul(floats(shape, dice), 5), 'int32'),
  (shape, dice) => topk(integers(shape, dice), shape[shape.length - 1]).values,
  (shape, dice) => argMax(floats([...shape, 4], dice), shape.length),
  (shape, dice) => sum(oneHot(argMin(integers([...shape, 3], dice), shape.length), 3), shape.length),
  (shape, dice) => gatherND(floats(shape, dice), rowsIn(shape[0], dice, shape[0])),
  (shape, dice) => scatterND(rowsIn(7, dice, shape[0]), floats([7, ...shape.slice(1)], dice), shape),
  (shape, dice) =>
    tensorScatterUpdate(floats(shape, dice), rowsIn(4, dice, shape[0]), floats([4, ...shape.slice(1)], dice)),
  ([first, ...rest], dice) =>
    first > 1
      ? mirrorPad(
          floats([first - 1, ...rest], dice),
          [[1, 0], ...rest.map(() => [0, 0] as [number, number])],
          'symmetric',
        )
      : undefined,
  (shape, dice) => (shape.length === 4 ? image.flipLeftRight(floats(shape, dice) as Tensor4D) : undefined),
  ([rows, columns, ...rest], dice) =>
    columns && rest.length === 0 ? einsum('ij,kj->ik', floats([rows, 3], dice), floats([columns, 3], dice)) : undefined,
  ([rows, columns, ...rest], dice) =>
    columns && rest.length === 0 ? matMul(integers([3, rows], dice), integers([3, columns], dice), true) : undefined,
];

const anyRank: Rule[] = [
  (x, dice) => {
    const constant = dice.pick(constants)(at(x), dice);
    return constant && mul(x, tanh(cast(constant, 'float32')));
  },
  (x, dice) => cumsum(x, dice.below(x.rank), dice.below(2) === 0, dice.below(2) === 0),
  (x, dice) =>
    unsortedSegmentSum(
      x,
      tensor1d(
        Array.from({ length: at(x)[0] }, () => dice.below(4) - 1),
        'int32',
      ),
      3,
    ),
  (x, dice) =>
    x.rank > 1
      ? gather(
          x,
          tensor(
            Array.from({ length: at(x)[0] * 2 }, () => dice.below(at(x)[1])),
            [at(x)[0], 2],
            'int32',
          ),
          1,
          1,
        )
      : undefined,
  (x) => relu(x),
  (x) => sigmoid(x),
  (x) => bent(x),
  (x) => elu(x),
  (x) => softplus(x),
  (x) => leakyRelu(x, 0.1),
  (x) => neg(x),
  (x) => square(bent(x)),
  (x) => erf(x),
  (x) => exp(bent(x)),
  (x) => sqrt(positive(x)),
  (x) => log1p(square(x)),
  (x) => mul(x, sigmoid(x)),
  (x) => mul(step(x), x),
  (x) => clipByValue(x, -0.7, 0.8),
  (x, dice, weight) => add(x, weight(partner(x.shape, dice))),
  (x, dice, weight) => mul(x, weight(partner(x.shape, dice))),
  (x, dice, weight) => sub(weight(partner(x.shape, dice)), x),
  (x, dice, weight) => div(x, positive(weight(partner(x.shape, dice)))),
  (x, _, weight) => maximum(x, weight(x.shape)),
  (x, _, weight) => minimum(weight(x.shape), x),
  (x, dice, weight) =>
    where(
      tensor(
        Array.from({ length: x.size }, () => dice.below(2)),
        x.shape,
        'bool',
      ),
      x,
      weight(x.shape),
    ),
  (x, _, weight) => prelu(x, weight([at(x)[x.rank - 1]])),
  (x, dice) => sub(x, mean(x, dice.below(x.rank), true)),
  (x, dice) => add(x, sum(x, [dice.below(x.rank)], true)),
  // Weights of their own leave no ties, which rounding would decide.
  (x, dice, weight) => sub(x, max(add(x, weight(at(x))), dice.below(x.rank), true)),
  (x, dice) => sub(x, logSumExp(x, dice.below(x.rank), true)),
  (x) => softmax(x),
  (x, dice) => transpose(x, shuffled(x.rank, dice)),
  (x, dice) => reverse(x, [dice.below(x.rank)]),
  (x, dice) => {
    const axis = dice.below(x.rank);
    return concat([x, bent(x)], axis);
  },
  (x, dice) => {
    const begin = x.shape.map((length) => dice.below(length));
    return slice(
      x,
      begin,
      x.shape.map((length, i) => 1 + dice.below(length - begin[i])),
    );
  },
  (x, dice) =>
    pad(
      x,
      x.shape.map(() => [dice.below(2), dice.below(3)] as [number, number]),
      dice.below(3) - 1,
    ),
  // Of rank 5 tfjs has no gradient.
  (x, dice) =>
    x.rank < 5
      ? tile(
          x,
          at(x).map(() => 1 + dice.below(2)),
        )
      : undefined,
  (x, dice) =>
    gather(
      x,
      tensor1d(
        Array.from({ length: 3 }, () => dice.below(at(x)[0])),
        'int32',
      ),
      0,
    ),
  (x, dice) => (x.rank < 5 ? expandDims(x, dice.below(x.rank + 1)) : undefined),
  (x, dice) => (x.rank > 1 && at(x)[0] > 1 ? stack(unstack(x, 0), dice.below(x.rank)) : undefined),
  (x) => reshape(x, [x.size]),
  (x) => (x.rank > 1 ? reshape(x, [at(x)[0], x.size / at(x)[0]]) : undefined),
  (x, dice, weight) => (x.rank === 2 ? matMul(x, weight([at(x)[1], 1 + dice.below(6)])) : undefined),
  (x, dice, weight) => (x.rank === 2 ? matMul(x, weight([1 + dice.below(6), at(x)[1]]), false, true) : undefined),
];

const images: Rule[] = [
  (x, dice, weight) => {
    const filters = 1 + dice.below(5);
    const kernel = 1 + dice.below(3);
    const stride = 1 + dice.below(2);
    const dilation = stride === 1 ? 1 : 1;
    const filter = weight([kernel, kernel, at(x)[3], filters]) as Tensor4D;
    return conv2d(x as Tensor4D, filter, stride, dice.pick(['same', 'same', 'valid']) as 'same', 'NHWC', dilation);
  },
  (x, dice, weight) => {
    const kernel = 1 + dice.below(3);
    const filter = weight([kernel, kernel, at(x)[3], 1 + dice.below(2)]) as Tensor4D;
    return depthwiseConv2d(x as Tensor4D, filter, 1 + dice.below(2), 'same');
  },
  (x, dice) => maxPool(x as Tensor4D, 1 + dice.below(3), 1 + dice.below(2), 'same'),
  (x, dice) => avgPool(x as Tensor4D, 1 + dice.below(3), 1 + dice.below(2), 'same'),
  (x) => mean(x, [1, 2]),
  (x, _, weight) => {
    const [mu, variance, offset, scale] = [0, 1, 2, 3].map(() => weight([at(x)[3]]));
    return batchNorm(
      x as Tensor4D,
      mu as Tensor1D,
      positive(variance) as Tensor1D,
      offset as Tensor1D,
      scale as Tensor1D,
      1e-3,
    );
  },
  (x) => {
    const { mean: mu, variance } = moments(x, [0, 1, 2]);
    return batchNorm(x as Tensor4D, mu as Tensor1D, variance as Tensor1D, mu as Tensor1D, mu as Tensor1D, 1e-2);
  },
  (x, dice) =>
    spaceToBatchND(
      x,
      [2, 2],
      [1, 2].map((axis) => [0, (at(x)[axis] % 2) + 2 * dice.below(2)]),
    ),
  (x, dice) =>
    at(x)[0] % 2 === 0
      ? batchToSpaceND(
          x,
          [2, 1],
          [
            [dice.below(2), 0],
            [0, 0],
          ],
        )
      : undefined,
  (x) => image.resizeBilinear(x as Tensor3D & Tensor4D, [at(x)[1] + 2, at(x)[2] + 1], false, true),
  (x) => image.resizeNearestNeighbor(x as Tensor3D & Tensor4D, [at(x)[1] * 2, at(x)[2] + 1], false, true),
];

function shuffled(rank: number, dice: Dice): number[] {
  const left = Array.from({ length: rank }, (_, i) => i);
  return Array.from({ length: rank }, () => left.splice(dice.below(left.length), 1)[0]);
}

/** A scalar function of its inputs that a seed decides: 4 to 12 operations one after another. */
export interface Program {
  inputs: { shape: number[]; values: Float32Array }[];
  compute(...inputs: Tensor[]): Tensor;
}

const most = 4000;

/** The program of a seed; the shapes of its weights are found by running it once on the current backend. */
export function randomProgram(seed: number): Program {
  const inputs: Program['inputs'] = [];
  const build = (given: readonly Tensor[] | undefined): Tensor => {
    const dice = new Dice(seed);
    let used = 0;
    const input = (shape: number[]): Tensor => {
      const at = used++;
      if (given) return given[at];
      inputs.push({ shape, values: new Dice(seed * 31 + at).floats(size(shape)) });
      return tensor(inputs[at].values, shape);
    };
    let x = input(dice.pick([[2, 5, 6, 3], [1, 4, 4, 2], [3, 7, 5, 1], [4, 6], [5], [2, 3, 4]]));
    for (let length = 4 + dice.below(9); length > 0; length--) {
      const rule =
        x.rank === 4 && Math.min(at(x)[1], at(x)[2]) >= 3 && dice.below(2) === 0
          ? dice.pick(images)
          : dice.pick(anyRank);
      const next = rule(x, dice, input);
      if (next && next.size > 0 && next.size <= most && next.rank <= 5) x = next;
    }
    return mean(square(x));
  };
  tidy(() => void build(undefined));
  return { inputs, compute: (...given) => build(given) };
}
