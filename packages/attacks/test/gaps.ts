import { type Batch, type Batches, type BatchesOptions, fromFunction, uniform } from '@agoge/core';
import { matMul, reshape, type Tensor2D, type Tensor4D, tensor2d } from '@tensorflow/tfjs-core';

/** Two pixels, two classes, the brighter wins: an attack of linf size eps closes a gap of 2 eps, exactly. */
export function brighter() {
  const weights = tensor2d([2, 1, 1, 2], [2, 2]);
  const f = (x: Tensor4D): Tensor2D => matMul(reshape(x, [-1, 2]) as Tensor2D, weights);
  return Object.assign(fromFunction(f, { bounds: [0, 1], classes: 2 }), { weights: () => [weights] });
}

/** Images of two pixels that are so far apart, all of class 0; nothing is held in memory. */
export function gapsOf(examples: number, gapOf: (example: number) => number, over: Partial<Batches> = {}): Batches {
  return {
    ...{ examples, classes: 2, bounds: [0, 1], shape: [1, 2, 1], hash: `gaps of ${examples}` },
    async *batches({ batchSize, from = 0 }: BatchesOptions) {
      for (let at = from; at < examples; at += batchSize) {
        const index = Float64Array.from({ length: Math.min(batchSize, examples - at) }, (_, i) => at + i);
        const x = new Float32Array(2 * index.length);
        index.forEach((example, i) => {
          const gap = gapOf(example);
          x.set([0.5 + gap / 2, 0.5 - gap / 2], 2 * i);
        });
        yield { x, shape: [index.length, 1, 2, 1], y: new Int32Array(index.length), index } satisfies Batch;
      }
    },
    ...over,
  };
}

/** Gaps from -0.1 to 0.9. */
export const anyGap = (example: number): number => uniform({ seed: 7, index: example, stream: 'gap' }, 1)[0] - 0.1;
