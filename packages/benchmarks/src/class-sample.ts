import { type Batch, words } from '@agoge/core';

/** An image that was kept. */
export interface SampledImage {
  /** The example's absolute number. */
  index: number;
  /** A copy. */
  x: Float32Array;
}

/** Some images of every class. */
export interface ClassSample {
  /** By label, each in the order of their numbers. */
  readonly images: readonly (readonly SampledImage[])[];
  add(batch: Pick<Batch, 'x' | 'y' | 'index'>): void;
}

/**
 * Draws some images of every class, uniformly, as batches pass: those whose words, keyed by (seed, absolute example, stream
 * `class-sample`), are the lowest of their class. So the same are drawn whatever the batch size, and of a corrupted copy too.
 *
 * @param each how many of a class are kept, or as many as there are
 */
export function classSample(classes: number, each: number, seed: number): ClassSample {
  const kept = Array.from({ length: classes }, () => [] as (SampledImage & { word: number })[]);
  return {
    get images() {
      return kept.map((some) => some.map(({ index, x }) => ({ index, x })).sort((a, b) => a.index - b.index));
    },
    add({ x, y, index }) {
      const size = x.length / y.length;
      y.forEach((label, i) => {
        const [word] = words({ seed, index: index[i], stream: 'class-sample' }, 1);
        const some = kept[label];
        if (some.length === each && word >= some[each - 1].word) return;
        some.push({ word, index: index[i], x: x.slice(i * size, (i + 1) * size) });
        some.sort((a, b) => a.word - b.word);
        if (some.length > each) some.pop();
      });
    },
  };
}
