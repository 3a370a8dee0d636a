import {
  type Batch,
  type Batches,
  type BatchesOptions,
  canonicalJson,
  checkOptions,
  integer,
  number,
  refusal,
  ShapeError,
  said,
  words,
} from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { derived, type NumberedBatches } from './derived';
import { checkBatches } from './order';
import { joinRows, rowReader, selectRows } from './rows';

export interface MixOptions {
  /**
   * Synthetic share of every batch, above 0 and below 1. Default 0.5, as in PAF (256 real and 256 synthetic images); 0.7 in
   * DeepMind's JAX training and in DM-Improves-AT.
   */
  fraction?: number;
  /**
   * Of an epoch. Default: the most that repeat no example, so that the source that is used up first ends it, as in PAF.
   * DeepMind's JAX training counts as many as there are real ones: 50,000.
   */
  examples?: number;
}

/** Added to the numbers of synthetic examples: 2^32. */
export const syntheticOffset = 2 ** 32;

/**
 * Real and synthetic (generated, pseudo-labelled) images in every batch, in a fixed share.
 *
 * Place `p` of an epoch is synthetic where `floor((p + 1) fraction) > floor(p fraction)`: spread evenly, so that a batch
 * of `n` has `n fraction` synthetic examples, rounded up or down where that is no whole number, whatever the batch size.
 * Each source comes in its own order of (seed, epoch), of which a shorter epoch has the beginning; the seed of the synthetic
 * one is drawn from the seed. Without a seed, both come in their absolute order.
 *
 * `extra` is 1 for synthetic examples, and their numbers are {@link syntheticOffset} plus their own. Augment the real source
 * alone by mixing `augmented(real, ...)`. Where the targets of one source are soft, the other's are one-hot.
 *
 * R. Dai et al., Parameterizing activation functions for adversarial robustness (2022), whose code so trains with synthetic
 * data; S. Gowal et al., Improving robustness using generated data (2021); Z. Wang et al., Better diffusion models further
 * improve adversarial training (2023).
 *
 * @param real numbers below 2^32; shape, classes and bounds are both's
 * @throws TypeError, RangeError for options, sources of other classes or bounds, and for more examples than do without
 *   repetition; ShapeError for images of another shape
 *
 * @example
 * const training = mix(augmented(cifar, randomFlip()), generated, { fraction: 0.7, examples: 50_000 });
 */
export function mix(real: Batches, synthetic: Batches, options: MixOptions = {}): Batches {
  checkOptions('mix', options, { fraction: number({ above: 0, below: 1 }), examples: integer({ min: 1 }) });
  checkSources(real, synthetic);
  const { fraction = 0.5 } = options;
  const most = longest(fraction, real.examples, synthetic.examples);
  const { examples = most } = options;
  if (examples > most || examples === 0) {
    const sources = `${real.examples} real and ${synthetic.examples} synthetic ones`;
    const expected = `from 1 to ${most}, what ${sources} give without repetition`;
    throw said(new RangeError(refusal('mix', 'examples', expected, examples)));
  }
  return derived(real, {
    examples,
    numbers: numbersOf(real, synthetic, fraction, examples),
    hash: () => hashOf(`${real.hash} ${synthetic.hash} mix ${canonicalJson({ fraction, examples })}`),
    batches(request) {
      checkBatches('batches', request, examples);
      return mixed(real, synthetic, fraction, examples, request);
    },
  });
}

/** How many of the first `places` are synthetic; the slack is for fractions that float64 rounds. */
const syntheticOf = (places: number, fraction: number) => Math.floor(places * fraction + 1e-9);

/** Which of some places are synthetic. */
function patternOf(from: number, n: number, fraction: number): boolean[] {
  return Array.from({ length: n }, (_, i) => syntheticOf(from + i + 1, fraction) > syntheticOf(from + i, fraction));
}

/** The most places that use up neither source. */
function longest(fraction: number, real: number, synthetic: number): number {
  let [low, high] = [0, real + synthetic];
  while (low < high) {
    const places = Math.ceil((low + high) / 2);
    const used = syntheticOf(places, fraction);
    if (used <= synthetic && places - used <= real) low = places;
    else high = places - 1;
  }
  return low;
}

function checkSources(real: Batches, synthetic: Batches): void {
  if (real.shape.some((size, i) => size !== synthetic.shape[i])) {
    throw new ShapeError('mix', 'synthetic', `[n, ${real.shape.join(', ')}], as real`, [
      synthetic.examples,
      ...synthetic.shape,
    ]);
  }
  const refuse = (what: string, expected: unknown, value: unknown) => {
    throw said(new RangeError(refusal('mix', `${what} of synthetic`, `real's ${expected}`, value)));
  };
  if (real.classes !== synthetic.classes) refuse('classes', real.classes, synthetic.classes);
  if (real.bounds.some((bound, i) => bound !== synthetic.bounds[i])) {
    refuse('bounds', `[${real.bounds.join(', ')}]`, synthetic.bounds);
  }
}

/** Numbers in the absolute order. */
function numbersOf(real: NumberedBatches, synthetic: NumberedBatches, fraction: number, examples: number) {
  const [a, b] = [real.numbers, synthetic.numbers];
  const numbers = new Float64Array(examples);
  for (let place = 0; place < examples; place++) {
    const used = syntheticOf(place, fraction);
    const isSynthetic = syntheticOf(place + 1, fraction) > used;
    numbers[place] = isSynthetic ? syntheticOffset + (b?.[used] ?? used) : (a?.[place - used] ?? place - used);
  }
  return numbers;
}

async function* mixed(
  real: Batches,
  synthetic: Batches,
  fraction: number,
  examples: number,
  { holds: _, from = 0, ...options }: BatchesOptions,
): AsyncGenerator<Batch> {
  const { batchSize, seed, signal } = options;
  const before = syntheticOf(from, fraction);
  const reader = (data: Batches, share: number, begin: number, key?: number) =>
    rowReader(
      data.batches({
        ...options,
        ...(key !== undefined && { seed: key }),
        batchSize: Math.max(1, Math.ceil(batchSize * share - 1e-9)),
        from: begin,
      }),
    );
  const reals = reader(real, 1 - fraction, from - before);
  const generated = reader(synthetic, fraction, before, seed === undefined ? seed : otherSeed(seed));
  try {
    for (let at = from; at < examples; at += batchSize) {
      signal?.throwIfAborted();
      const pattern = patternOf(at, Math.min(batchSize, examples - at), fraction);
      const n = pattern.filter(Boolean).length;
      const [a, b] = await Promise.all([reals.next(pattern.length - n), generated.next(n)]);
      yield interleaved(a && marked(a, 0), b && marked(b, 1), pattern, real.classes);
    }
  } finally {
    await Promise.all([reals.close(), generated.close()]);
  }
}

/** Two sources of as many examples are not to come in one order. */
function otherSeed(seed: number): number {
  const [low, high] = words({ seed, stream: 'mix/synthetic' }, 2);
  return low + (high >>> 11) * 2 ** 32;
}

function marked(batch: Batch, extra: 0 | 1): Batch {
  if (extra === 1) {
    const index = batch.index.map((each) => each + syntheticOffset);
    return { ...batch, index, extra: new Uint8Array(batch.shape[0]).fill(1) };
  }
  const beyond = batch.index.find((each) => each >= syntheticOffset);
  if (beyond !== undefined) {
    throw said(new RangeError(refusal('mix', 'numbers of real', `below ${syntheticOffset}`, beyond)));
  }
  return { ...batch, extra: batch.extra ?? new Uint8Array(batch.shape[0]) };
}

/** Both parts in the order of the pattern. */
function interleaved(real: Batch | undefined, synthetic: Batch | undefined, pattern: boolean[], classes: number) {
  if (!real || !synthetic) return (real ?? synthetic) as Batch;
  const isSoft = real.target !== undefined || synthetic.target !== undefined;
  const soft = (batch: Batch) => (isSoft && !batch.target ? { ...batch, target: oneHot(batch.y, classes) } : batch);
  const both = joinRows(soft(real), soft(synthetic));
  const next = [0, real.shape[0]];
  return selectRows(
    both,
    pattern.map((isSynthetic) => next[Number(isSynthetic)]++),
  );
}

function oneHot(y: Int32Array, classes: number): Float32Array {
  const target = new Float32Array(y.length * classes);
  y.forEach((label, i) => {
    target[i * classes + label] = 1;
  });
  return target;
}
