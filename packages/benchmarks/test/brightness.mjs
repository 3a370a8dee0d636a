// What jobs name as a module, with TensorFlow.js alone: a classifier that tells dark images from bright ones, and images.
import { concat, mean, reshape, scalar, sub } from '@tensorflow/tfjs-core';

/** Uniform images of 2 x 2 pixels, of known means. */
export function uniformImages({ examples = 24 }) {
  const mean = (i) => ((i * 7) % examples) / examples;
  return {
    ...{ examples, classes: 2, bounds: [0, 1], shape: [2, 2, 1], hash: `uniform ${examples}` },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < examples; at += batchSize) {
        const n = Math.min(batchSize, examples - at);
        yield {
          x: Float32Array.from({ length: 4 * n }, (_, i) => mean(at + (i >> 2))),
          shape: [n, 2, 2, 1],
          y: Int32Array.from({ length: n }, (_, i) => Number(mean(at + i) > 0.45)),
          index: Float64Array.from({ length: n }, (_, i) => at + i),
        };
      }
    },
  };
}

/** Logits [1/2 - m, m - 1/2] of the mean pixel m; where it is told to, a model that ends its process, or fails. */
export function brightness({ fate }) {
  const classify = (x) => {
    if (fate === 'exit') process.exit(7);
    if (fate === 'throw') throw new Error('out of luck');
    const bright = reshape(mean(x, [1, 2, 3]), [-1, 1]);
    return concat([sub(scalar(0.5), bright), sub(bright, scalar(0.5))], 1);
  };
  return Object.assign(classify, { classes: 2, bounds: [0, 1] });
}
