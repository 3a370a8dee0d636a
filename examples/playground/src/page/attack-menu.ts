import { type AttackFacts, attackFacts } from '@agoge/attacks/registry';
import type { ImageShape } from '@agoge/core';
import type { AttackChoice } from '../engine/protocol';

/** What perturbations are measured in; `none`: the attack turns and moves the image. */
export type Measure = AttackFacts['norms'][number];
type Needs = AttackFacts['needs'];

/** How an attack of the registry is offered. */
interface Offer {
  title: string;
  /** The option that says how long it goes on, and from where to where. */
  length?: { option: string; label: string; from: number; to: number; start: number };
  /** The option that holds the radius, if not `eps`. */
  radius?: string;
  /** Attacks of one norm that do not know the option. */
  withoutNorm?: true;
}

const steps = (start: number, to = 100, from = 1) => ({ option: 'steps', label: 'Steps', from, to, start });
const queries = (start: number, to: number) => ({ option: 'queries', label: 'Queries', from: 10, to, start });

/** By name in `@agoge/attacks/registry`, in the order in which they are offered. */
const offers: Readonly<Record<keyof typeof attackFacts, Offer>> = {
  pgd: { title: 'PGD', length: steps(20) },
  fgsm: { title: 'FGSM (one step)' },
  apgd: { title: 'APGD (of AutoAttack)', length: steps(50) },
  apgdTargeted: { title: 'APGD, towards each class', length: steps(20) },
  miFgsm: { title: 'Momentum FGSM', length: steps(20) },
  multiTargeted: { title: 'PGD, towards each class', length: steps(20) },
  deepfool: { title: 'DeepFool', length: steps(50) },
  fab: { title: 'FAB', length: steps(50) },
  fabTargeted: { title: 'FAB, towards each class', length: steps(20) },
  fmn: { title: 'FMN', length: steps(50, 200, 2) },
  cw: { title: 'Carlini and Wagner', length: steps(100, 500) },
  ddn: { title: 'DDN', length: steps(50, 200, 2) },
  ead: { title: 'EAD', length: steps(100, 500) },
  jsma: { title: 'JSMA (few pixels)' },
  square: { title: 'Square', length: queries(500, 5000) },
  nes: { title: 'NES', length: steps(40) },
  spsa: { title: 'SPSA', length: steps(40) },
  onePixel: {
    title: 'A few pixels, by evolution',
    length: { option: 'generations', label: 'Generations', from: 1, to: 100, start: 30 },
    radius: 'pixels',
    withoutNorm: true,
  },
  hopSkipJump: { title: 'HopSkipJump', length: steps(10, 64) },
  boundary: { title: 'Boundary', length: steps(1000, 10_000, 100) },
  spatial: { title: 'Turns and shifts', withoutNorm: true },
  noise: { title: 'Random noise', length: queries(100, 1000) },
};

/** What is offered, and what is known of it. Of its norms the first is what it starts with. */
export const menu: Readonly<Record<string, Offer & AttackFacts>> = Object.fromEntries(
  Object.entries(offers).map(([name, offer]) => [name, { ...attackFacts[name as keyof typeof offers], ...offer }]),
);

export const needsTitles: Readonly<Record<Needs, string>> = {
  gradient: 'Sees the gradient',
  scores: 'Sees the scores',
  labels: 'Sees the answer alone',
};
export const normTitles: Readonly<Record<Measure, { name: string; means: string }>> = {
  linf: { name: 'L∞', means: 'each pixel by up to ε' },
  l2: { name: 'L2', means: 'ε as a length' },
  l1: { name: 'L1', means: 'ε in all' },
  l0: { name: 'L0', means: 'ε pixels' },
  none: { name: 'none', means: '' },
};

/** What the user has set. */
export interface AttackSettings {
  name: string;
  norm: Measure;
  /** Of pixels from 0 to 1. */
  eps: number;
  length: number;
}

/** Radii that are offered for a norm: up to what would change an image beyond recognition. */
export function radii(
  norm: Measure,
  [height, width, channels]: ImageShape,
): { max: number; step: number; start: number } {
  const pixels = height * width;
  const values = pixels * channels;
  const small = values <= 1024;
  if (norm === 'linf') return { max: 0.5, step: 0.005, start: small ? 0.2 : 0.03 };
  if (norm === 'l2') return { max: rounded(Math.sqrt(values) / 2), step: 0.05, start: rounded(Math.sqrt(values) / 8) };
  if (norm === 'l1') return { max: rounded(values / 4), step: 0.25, start: rounded(values / 16) };
  return { max: Math.min(64, Math.ceil(pixels / 4)), step: 1, start: Math.min(4, pixels) };
}
const rounded = (value: number) => Math.max(0.5, Math.round(value * 2) / 2);

/** `PGD, 20 steps`. */
export function attackInWords({ name, length }: AttackSettings): string {
  const { title, length: slider } = menu[name];
  return slider ? `${title}, ${length} ${slider.label.toLowerCase()}` : title;
}

/** The attack as the worker makes it: the radius in the units of the classifier's pixels. */
export function attackChoice(
  { name, norm, eps, length }: AttackSettings,
  [low, high]: readonly [number, number],
): AttackChoice {
  const { length: slider, radius = 'eps', withoutNorm } = menu[name];
  const isLength = norm === 'linf' || norm === 'l2' || norm === 'l1';
  return {
    name,
    options: {
      ...(!withoutNorm && { norm }),
      ...(norm !== 'none' && { [radius]: isLength ? eps * (high - low) : Math.round(eps) }),
      ...(slider && { [slider.option]: length }),
    },
  };
}
