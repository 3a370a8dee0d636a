import { type Batches, permutation } from '@agoge/core';

/**
 * Images of 2 x 1 x 1 pixels that show their own number, in three classes by turns: an implementation of the contract that
 * shares no code with ours.
 */
export function counting(examples: number): Batches {
  return {
    examples,
    classes: 3,
    bounds: [0, 1],
    shape: [2, 1, 1],
    hash: `counting to ${examples}`,
    async *batches({ batchSize, seed, epoch = 0, from = 0, signal }) {
      if (!(batchSize >= 1)) throw new RangeError(`counting: batchSize must be >= 1, got ${batchSize}`);
      if (from > examples) throw new RangeError(`counting: from must be <= ${examples}, got ${from}`);
      const natural = Array.from({ length: examples }, (_, i) => i);
      const order =
        seed === undefined
          ? natural
          : [...permutation({ seed, index: epoch, stream: 'counting' }, examples)].map(Number);
      const rest = order.slice(from);
      while (rest.length > 0) {
        signal?.throwIfAborted();
        const index = Float64Array.from(rest.splice(0, batchSize));
        yield {
          x: Float32Array.from([...index].flatMap((each) => [each / examples, 1])),
          shape: [index.length, 2, 1, 1],
          y: Int32Array.from(index, (each) => each % 3),
          index,
        };
      }
    },
  };
}
