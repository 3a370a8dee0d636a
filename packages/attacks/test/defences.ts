import { type Batches, type Classifier, ensureGradients, fromFunction, normal, uniform } from '@agoge/core';
import {
  abs,
  add,
  cast,
  customGrad,
  div,
  dropout,
  exp,
  type GradSaveFunc,
  grad,
  greater,
  greaterEqual,
  log,
  matMul,
  max,
  mean,
  moments,
  mul,
  neg,
  relu,
  reshape,
  round,
  sin,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  topk,
  train,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { crossEntropy } from '../src/losses';
import { projectedAscent } from '../src/projected-ascent';

// Broken defences, built so that each check of a diagnosis has something to find, and a network that is soundly trained.

const [side, classes, hidden] = [6, 4, 32];
const pixels = side * side;
const options = { bounds: [0, 1], classes } as const;
/** What the sound network is trained for, in linf. */
export const trainedFor = 0.1;

const templates = Array.from({ length: classes }, (_, k) =>
  uniform({ seed: 0, index: k, stream: 'pattern' }, pixels, 0, 1),
);

/** Images of four patterns under noise. */
export function patterns(examples: number, seed: number): Batches {
  const y = Int32Array.from({ length: examples }, (_, i) => i % classes);
  const x = new Float32Array(examples * pixels);
  y.forEach((label, i) => {
    const noise = normal({ seed, index: i, stream: 'image' }, pixels);
    const image = templates[label].map((each, j) => Math.min(1, Math.max(0, each + 0.25 * noise[j])));
    x.set(image, i * pixels);
  });
  return {
    ...{ examples, classes, bounds: options.bounds, shape: [side, side, 1], hash: `patterns/${seed}` },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < examples; at += batchSize) {
        const end = Math.min(at + batchSize, examples);
        yield {
          x: x.slice(at * pixels, end * pixels),
          shape: [end - at, side, side, 1],
          y: y.slice(at, end),
          index: Float64Array.from({ length: end - at }, (_, i) => at + i),
        };
      }
    },
  };
}

/** A perceptron in its parts, which defences put something between. */
export interface Network {
  hidden(x: Tensor): Tensor2D;
  head(features: Tensor): Tensor2D;
}

/** A perceptron trained on the images that PGD of 5 steps finds; with eps 0 on clean ones. */
export async function trained(eps: number, epochs = 12): Promise<Network> {
  await ensureGradients();
  const start = (rows: number, columns: number, stream: string) =>
    variable(
      tensor2d(
        normal({ seed: 7, stream }, rows * columns).map((each) => each * Math.sqrt(2 / rows)),
        [rows, columns],
      ),
    );
  const weights = [start(pixels, hidden, 'first'), start(hidden, classes, 'second')];
  const biases = [hidden, classes].map((width) => variable(tensor1d(new Float32Array(width))));
  const layer = (x: Tensor, i: number) => add<Tensor2D>(matMul(x as Tensor2D, weights[i] as Tensor2D), biases[i]);
  const network: Network = {
    hidden: (x) => relu(layer(reshape(x, [-1, pixels]), 0)),
    head: (features) => layer(features, 1),
  };
  const f = sound(network);
  const optimizer = train.adam(0.01);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const batch of patterns(256, 1).batches({ batchSize: 64 })) {
      const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
      const attacked = await projectedAscent(f, x, (logits) => crossEntropy(logits, y), { eps, steps: 5, seed: epoch });
      optimizer.minimize(() => mean(crossEntropy(f(attacked), y)));
      for (const each of [x, y, attacked]) each.dispose();
    }
  }
  optimizer.dispose();
  return network;
}

/** The network as it is. */
export const sound = ({ hidden, head }: Network): Classifier => fromFunction((x) => head(hidden(x)), options);

/** What a function gives, with a gradient that is not its own. */
function withGradient<T extends Tensor>(forward: (x: T) => T, backward: (dy: Tensor, x: Tensor) => Tensor) {
  const both = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = given as [Tensor, GradSaveFunc];
    save([x]);
    return { value: forward(x as T), gradFunc: (dy: Tensor, [saved]: Tensor[]) => backward(dy, saved) };
  });
  return (x: T): T => both(x) as T;
}

/** What is made of images and logits, with the gradient of the logits. */
function withAnother(forward: (x: Tensor4D, logits: Tensor2D) => Tensor2D) {
  const both = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const [x, logits] = given as [Tensor4D, Tensor2D];
    return { value: forward(x, logits), gradFunc: (dy: Tensor) => [zerosLike(x), dy] };
  });
  return (x: Tensor4D, logits: Tensor2D) => both(x, logits) as Tensor2D;
}

const levels = 8;

/** Each takes a network that is trained and breaks what a claim of robustness rests on. */
export const defences = {
  'dropout at inference': ({ hidden, head }) => {
    let calls = 0;
    return fromFunction((x) => head(dropout(hidden(x), 0.3, undefined, ++calls)), options);
  },

  'softmax output': ({ hidden, head }) => fromFunction((x) => softmax(head(hidden(x))), options),

  'quantised input': ({ hidden, head }) =>
    fromFunction((x) => head(hidden(div(round(mul(x, levels - 1)), levels - 1))), options),

  'logits times a million': ({ hidden, head }) => fromFunction((x) => mul<Tensor2D>(head(hidden(x)), 1e6), options),

  'gradient-killing layer': ({ hidden, head }) => {
    const stop = withGradient<Tensor2D>(
      (z) => z.clone(),
      (dy) => mul(dy, 0),
    );
    return fromFunction((x) => head(stop(hidden(x))), options);
  },

  'misleading gradient': ({ hidden, head }) => {
    const turn = withGradient<Tensor2D>(
      (z) => z.clone(),
      (dy) => neg(dy),
    );
    return fromFunction((x) => head(turn(hidden(x))), options);
  },

  'thermometer code': ({ hidden, head }) =>
    fromFunction((x) => {
      const steps = Array.from({ length: levels }, (_, k) => cast(greater(x, (k + 0.5) / levels), 'float32'));
      return head(
        hidden(
          div(
            steps.reduce((total, each) => add(total, each)),
            levels,
          ),
        ),
      );
    }, options),

  'winners take all': ({ hidden, head }) => {
    // The few largest features survive.
    const winners = (z: Tensor2D) => {
      const { values } = topk(z, 4);
      return cast(greaterEqual(z, slice(values, [0, 3], [-1, 1])), 'float32');
    };
    const few = withGradient<Tensor2D>(
      (z) => mul(z, winners(z)),
      (dy, z) => mul(dy, winners(z as Tensor2D)),
    );
    return fromFunction((x) => head(few(hidden(x))), options);
  },

  'optimiser at inference': ({ hidden, head }) => {
    const entropy = (x: Tensor) => {
      const p = softmax(head(hidden(x)));
      return neg(sum(mul(p, log(add(p, 1e-9)))));
    };
    return fromFunction((x) => {
      let z = x;
      for (let i = 0; i < 3; i++) z = sub<Tensor4D>(z, mul(grad(entropy)(z), 0.01));
      return head(hidden(z));
    }, options);
  },

  'normalised by the batch': ({ hidden, head }) =>
    fromFunction((x) => {
      const z = hidden(x);
      const { mean: center, variance } = moments(z, 0);
      return head(div(sub(z, center), sqrt(add(variance, 1e-3))));
    }, options),

  'running statistics': ({ hidden, head }) => {
    let [seen, total] = [0, 0];
    return fromFunction((x) => {
      // Learns at inference how bright images are, from the batches that it meets.
      total += tidy(() => mean(x).dataSync()[0]);
      seen++;
      return head(sub(hidden(x), total / seen));
    }, options);
  },

  'root at zero': ({ hidden, head }) => fromFunction((x) => head(hidden(add(mul(sqrt(x), 0), x))), options),

  'logarithm of zero': ({ hidden, head }) => fromFunction((x) => head(log(hidden(x))), options),

  'steep for some': ({ hidden, head }) =>
    fromFunction((x) => {
      const brightness = mean(x, [1, 2, 3]) as Tensor1D;
      return mul<Tensor2D>(head(hidden(x)), reshape(exp(mul(sub(brightness, 0.65), 70)), [-1, 1]));
    }, options),

  'remembers the last query': ({ hidden, head }) => {
    // What is close to an image of the batch before gets the answer of that image: searches look as if nothing moved.
    const near = 0.03;
    let images = new Float32Array(0);
    let answers = new Float32Array(0);
    const recall = withAnother((x, logits) => {
      const [now, fresh] = [x.dataSync<'float32'>(), logits.dataSync<'float32'>().slice()];
      for (let row = 0; now.length === images.length && row < x.shape[0]; row++) {
        const places = Array.from({ length: pixels }, (_, j) => row * pixels + j);
        if (places.some((place) => Math.abs(now[place] - images[place]) > near)) continue;
        fresh.set(answers.subarray(row * classes, (row + 1) * classes), row * classes);
      }
      [images, answers] = [now.slice(), fresh];
      return tensor2d(fresh, [x.shape[0], classes]);
    });
    return fromFunction((x) => recall(x, head(hidden(x))), options);
  },

  'noisy gradient': ({ hidden, head }) => {
    // Noise as large as the gradient, another at each step: an ascent gets on, but slowly.
    const blur = withGradient<Tensor4D>(
      (x) => x.clone(),
      (dy, x) => {
        const noise = sin(add(mul(x, 1e4), mul(mean(x, [1, 2, 3], true), 1e5)));
        return add(dy, mul(noise, max(abs(dy), [1, 2, 3], true)));
      },
    );
    return fromFunction((x) => head(hidden(blur(x))), options);
  },

  'rippled input': ({ hidden, head }) => fromFunction((x) => head(hidden(add(x, mul(sin(mul(x, 300)), 0.3)))), options),
} as const satisfies Record<string, (network: Network) => Classifier>;
