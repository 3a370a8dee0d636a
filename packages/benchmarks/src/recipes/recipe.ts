import type { PresetName } from '@agoge/adv-train/presets';
import type { Named, Normalisation } from '../model-description';

/** A published training run as JSON: a preset, the network and the data that it trains, what both are measured by. */
export interface Recipe {
  /** What is trained on what, in a line. */
  readonly title: string;
  /** Where network, data and measurements were read, and figures to hold a run against. */
  readonly source: string;
  /** As of a preset: which values are not the source's, by their paths, and why. */
  readonly ours: Readonly<Record<string, string>>;
  /** As of a preset: what the source does and this does not. */
  readonly lacks: readonly string[];
  readonly preset: PresetName;
  /** By its name in `@agoge/architectures`; `width` is what a scale divides. */
  readonly network: {
    readonly name: string;
    readonly options: { readonly width: number; readonly [key: string]: unknown };
  };
  /** By its name in `@agoge/activations`; one layer, which the whole network shares. */
  readonly activation: Named;
  /** What the classifier normalises pixels by, within what attacks see. */
  readonly pixels?: Normalisation;
  /** By its name in `@agoge/datasets`. */
  readonly data: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };
  /** Done to training images, in this order. */
  readonly augment: readonly Augmentation[];
  /** Share of generated images in each batch, where the run is given some. */
  readonly synthetic?: { readonly fraction: number };
  /** Training images held out, by class, to choose the epoch that is kept by; 0 trains on all and keeps the last. */
  readonly heldOut: number;
  /** What the held-out images are attacked by after each epoch. */
  readonly validation: Named;
  /** What the test images are attacked by in the end. */
  readonly evaluation: readonly Named[];
}

/** An augmentation of `@agoge/datasets` with its options. */
export type Augmentation =
  | { readonly name: 'randomCrop'; readonly options: { readonly padding: number } }
  | { readonly name: 'randomFlip'; readonly options: Readonly<Record<string, never>> };

/** Random crops with a border of 4 pixels, and flips: what CIFAR is trained with. */
export const cropAndFlip = [
  { name: 'randomCrop', options: { padding: 4 } },
  { name: 'randomFlip', options: {} },
] as const satisfies readonly Augmentation[];

/** Mean and deviation of CIFAR-10's channels, to four digits. */
export const cifar10Pixels = { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] } as const;

/** PGD as a member of the registry of attacks. */
export const pgd = (eps: number, steps: number, stepSize: number, restarts = 1) =>
  ({ name: 'pgd', options: { norm: 'linf', eps, steps, stepSize, restarts } }) as const;
