import { smallestEffect } from './paired';
import type { Claim, Measure, Plan } from './plan';
import { sizes } from './sizes';

/** A claim before it is known what can be seen of it. */
export type ClaimSketch = Omit<Claim, 'smallestEffect' | 'direction'> & { readonly direction?: Claim['direction'] };

/** What the plans assume of how much shares differ, before anything is measured. */
const assumed = { seeds: 0.02, images: 0.1 };

export const power =
  `Of shares, found in 80 of 100 cases, if differences vary by ${100 * assumed.seeds} points from seed to seed and the mean of n images by ` +
  `sqrt(${assumed.images} / n): guesses made beforehand, which the report puts beside what was seen. Of other figures nothing was guessed.`;

/** How every verdict is found. */
export const rule =
  'The difference of treatment less control, paired by seed and image, with a 95 % interval for other seeds and other images (a two-way table of ' +
  'random effects, degrees of freedom by Satterthwaite). Supported: the whole interval lies on the claimed side of 0. Not supported: it lies ' +
  'on the other side. Undecided: it holds 0, or a run failed. No verdict before every planned seed of both arms is in. Claims are judged one by one, with no correction ' +
  'for their number: of many claims without anything behind them one in forty would be found supported by chance.';

/** Claims of a plan; the metric is said to be `higher` unless told. */
export function claimsOf(
  sketches: readonly ClaimSketch[],
  { arms, measures, scale }: Pick<Plan, 'arms' | 'measures' | 'scale'>,
): Claim[] {
  const { seeds, test } = sizes[scale];
  const seedsOf = (name: string | number) =>
    arms.find((each) => each.name === name)?.seeds?.length ?? seeds.confirm.length;
  return sketches.map((sketch) => {
    const runs = Math.min(seedsOf(sketch.treatment), seedsOf(sketch.control));
    const images = sketch.metric === 'clean' ? test : imagesOf(sketch.metric, measures);
    return {
      direction: 'higher',
      ...sketch,
      smallestEffect: images === undefined ? null : expectedEffect(runs, images),
    };
  });
}

/** The images that a share is of; undefined where the metric is none, or of other images each time. */
function imagesOf(metric: string, measures: readonly Measure[]): number | undefined {
  const measure = measures.find(({ name }) => name === metric);
  return measure?.kind === 'attacks' && measure.labels !== 'right' ? measure.images : undefined;
}

/** The smallest difference of shares that a plan expects to see with so many seeds and images, to a thousandth; null beyond 1. */
function expectedEffect(seeds: number, images: number): number | null {
  const standardError = Math.sqrt(assumed.seeds ** 2 / seeds + assumed.images / images);
  const effect = smallestEffect({ standardError, degrees: seeds - 1 });
  return effect > 1 ? null : Math.round(1000 * effect) / 1000;
}
