import { type Batches, lookUp, plural } from '@agoge/core';
import { type Augment, autoAugment, compose, cutout, randAugment, randomCrop, randomFlip } from '@agoge/datasets';
import type { ClassSample, SampledImage } from '../../class-sample';
import { type DataSummary, titleOf } from '../../data-summary';
import type { ContactSheet, SheetImage } from '../../report/contact-sheet';

/** What a sheet shows of a data set. */
export interface DataSheetOptions {
  /** Images of a class. */
  each: number;
  /** Classes, the first that have examples. */
  classes: number;
  seed: number;
  /** Augmentations by their names, in their order: the sheet shows one image of a class as it is, then augmented. */
  augment?: readonly string[];
}

/** What `--augment` names, for images of some height; sizes are those of the papers for the 32 pixels of CIFAR-10. */
const augmentations: Readonly<Record<string, (side: number) => Augment>> = {
  crop: (side) => randomCrop({ padding: Math.ceil(side / 8) }),
  flip: () => randomFlip(),
  cutout: (side) => cutout({ size: Math.ceil(side / 2) }),
  autoaugment: () => autoAugment(),
  randaugment: () => randAugment(),
};

/** Refuses augmentations that are unknown. */
export function checkAugmentations(names: readonly string[]): void {
  for (const name of names) lookUp('agoge data: --augment', 'augmentation', name, augmentations);
}

/** A sheet of images that were drawn, a group for every class. */
export function dataSheet(
  summary: DataSummary,
  { images }: ClassSample,
  { each, classes, seed, augment }: DataSheetOptions,
): ContactSheet {
  const { shape, bounds } = summary;
  const shown = summary.classes.filter(({ examples }) => examples > 0).slice(0, classes);
  const epochs = each === 2 ? 'epoch 0' : `epochs 0 to ${each - 2}`;
  const what = augment
    ? `an image of a class as it is, then with ${augment.join(', ')} as in ${epochs}`
    : `up to ${plural(each, 'image')} of a class`;
  const some = shown.length < summary.classes.length ? `, ${shown.length} of ${summary.classes.length} classes` : '';
  const change = augment && compose(...augment.map((name) => augmentations[name](shape[0])));
  return {
    shape,
    bounds,
    groups: shown.map(({ label, name }) => ({
      caption: name,
      images: change
        ? images[label].flatMap((image) => inEpochs(image, shape, change, seed, each))
        : images[label].map(asItIs),
    })),
    description: `${titleOf(summary)}: ${what}${some}, drawn by seed ${seed}`,
  };
}

const asItIs = ({ index, x }: SampledImage): SheetImage => ({ x, title: `example ${index}` });

/** An image as it is, then augmented as in one epoch after another. */
function inEpochs(
  image: SampledImage,
  [height, width, channels]: Batches['shape'],
  change: Augment,
  seed: number,
  count: number,
): SheetImage[] {
  const { index, x } = image;
  // The label is no concern of these augmentations.
  const batch = { x, y: Int32Array.of(0), index: Float64Array.of(index) };
  const augmented = Array.from({ length: count - 1 }, (_, epoch) => ({
    x: change({ ...batch, shape: [1, height, width, channels] }, { seed, epoch }).x,
    title: `example ${index}, augmented as in epoch ${epoch}`,
  }));
  return [asItIs(image), ...augmented];
}
