import {
  type AttackResult,
  type Batches,
  type Classifier,
  fromFunction,
  normal,
  perExample,
  uniform,
} from '@agoge/core';
import {
  add,
  matMul,
  reshape,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';

// Two small models and eleven images for the contract of all attacks, written down by keyed random numbers.

export const shape: [height: number, width: number, channels: number] = [4, 3, 2];
export const size = 24;
export const classes = 4;
const hidden = 12;
const random = (stream: string, length: number) => normal({ seed: 7, stream }, length);
const flat = (x: Tensor4D) => reshape(x, [-1, size]) as Tensor2D;

const inner = tensor2d(random('inner', size * hidden), [size, hidden]);
const outer = tensor2d(random('outer', hidden * classes), [hidden, classes]);
export const network = fromFunction((x) => matMul(tanh(matMul(flat(x), inner)), outer), {
  bounds: [0, 1],
  classes,
  weights: () => [inner, outer],
});

/** Of {@link linear}, the gradient of the loss. */
export const slope = random('slope', size);
const columns = tensor2d(
  Float32Array.from({ length: size * 2 }, (_, i) => (i % 2 === 0 ? 0 : slope[i >> 1])),
  [size, 2],
);
/** Two classes, so that the loss grows with one linear function; the offset keeps every example unbroken. */
export const linear = fromFunction((x) => add(matMul(flat(x), columns), tensor1d([30, 0])), {
  bounds: [0, 1],
  classes: 2,
});

export const n = 11;
/** The examples that are misclassified, by their places. */
export const wrong = [2, 5];
/** Absolute numbers, which are not the places. */
export const index = Float64Array.from({ length: n }, (_, i) => i + 40);
/** Pixels are cut at the bounds: a fifth of them lie exactly on one. */
const draw: typeof uniform = (key, length) => uniform(key, length, -0.1, 1.1);
export const pixels = perExample(draw, { seed: 3, stream: 'pixels' }, index, size).map((each) =>
  Math.min(1, Math.max(0, each)),
);
export const images = tensor4d(pixels, [n, ...shape]);
export const run = { seed: 1, index };

export async function predict(f: Classifier, x: Tensor4D): Promise<Int32Array> {
  const logits = f(x);
  const rows = (await logits.array()) as number[][];
  logits.dispose();
  return Int32Array.from(rows, (row) => row.indexOf(Math.max(...row)));
}

/** The network's own predictions, but for who is {@link wrong}. */
export async function labelled(): Promise<Int32Array> {
  const predicted = await predict(network, images);
  return predicted.map((each, i) => (wrong.includes(i) ? (each + 1) % classes : each));
}

/** What a result says, as plain values; disposes of its images. */
export async function plain({ x, ...rest }: AttackResult) {
  const found = [...(await x.data())];
  x.dispose();
  return { ...rest, x: found };
}

export const imageOf = (x: ArrayLike<number>, i: number): number[] => Array.from(x).slice(i * size, (i + 1) * size);
export const count = (flags: ArrayLike<number>): number => Array.from(flags).reduce((sum, each) => sum + each, 0);

/** The network, with something done at each pass. */
export const watched = (look: (x: Tensor4D) => void): Classifier =>
  Object.assign(
    (x: Tensor4D) => {
      look(x);
      return network(x);
    },
    { classes, bounds: network.bounds },
  );

/** The images as data, numbered from 0 as the runner numbers them. */
export const asData = (labels: Int32Array): Batches => ({
  ...{ examples: n, classes, bounds: [0, 1], shape, hash: 'contract' },
  async *batches({ batchSize, from = 0 }) {
    for (let at = from; at < n; at += batchSize) {
      const end = Math.min(n, at + batchSize);
      yield {
        x: pixels.slice(at * size, end * size),
        shape: [end - at, ...shape],
        y: labels.slice(at, end),
        index: index.slice(at, end),
      };
    }
  },
});
