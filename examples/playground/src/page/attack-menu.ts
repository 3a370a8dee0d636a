import type { ImageShape } from '@agoge/core';
import type { AttackChoice } from '../engine/protocol';

/** What perturbations are measured in; `none`: the attack turns and moves the image. */
export type Measure = 'linf' | 'l2' | 'l1' | 'l0' | 'none';
export type Needs = 'gradient' | 'scores' | 'labels';

/** How an attack of the registry is offered. */
export interface MenuEntry {
  title: string;
  needs: Needs;
  /** The first is what it starts with. */
  norms: readonly Measure[];
  /** The option that says how long it goes on, and from where to where. */
  length?: { option: string; label: string; from: number; to: number; start: number };
  /** The option that holds the radius, if not `eps`. */
  radius?: string;
  /** Attacks of one norm that do not know the option. */
  withoutNorm?: true;
}

const balls = ['linf', 'l2', 'l1'] as const;
const steps = (start: number, to = 100, from = 1) => ({ option: 'steps', label: 'Steps', from, to, start });
const queries = (start: number, to: number) => ({ option: 'queries', label: 'Queries', from: 10, to, start });

/** By name in `@agoge/attacks/registry`, in the order in which they are offered. */
export const menu: Readonly<Record<string, MenuEntry>> = {
  pgd: { title: 'PGD', needs: 'gradient', norms: balls, length: steps(20) },
  fgsm: { title: 'FGSM (one step)', needs: 'gradient', norms: balls },
  apgd: { title: 'APGD (of AutoAttack)', needs: 'gradient', norms: balls, length: steps(50) },
  apgdTargeted: { title: 'APGD, towards each class', needs: 'gradient', norms: balls, length: steps(20) },
  miFgsm: { title: 'Momentum FGSM', needs: 'gradient', norms: balls, length: steps(20) },
  multiTargeted: { title: 'PGD, towards each class', needs: 'gradient', norms: balls, length: steps(20) },
  deepfool: { title: 'DeepFool', needs: 'gradient', norms: ['linf', 'l2'], length: steps(50) },
  fab: { title: 'FAB', needs: 'gradient', norms: balls, length: steps(50) },
  fabTargeted: { title: 'FAB, towards each class', needs: 'gradient', norms: balls, length: steps(20) },
  fmn: { title: 'FMN', needs: 'gradient', norms: [...balls, 'l0'], length: steps(50, 200, 2) },
  cw: { title: 'Carlini and Wagner', needs: 'gradient', norms: ['l2'], length: steps(100, 500) },
  ddn: { title: 'DDN', needs: 'gradient', norms: ['l2'], length: steps(50, 200, 2) },
  ead: { title: 'EAD', needs: 'gradient', norms: ['l1'], length: steps(100, 500) },
  jsma: { title: 'JSMA (few pixels)', needs: 'gradient', norms: ['l0'] },
  square: { title: 'Square', needs: 'scores', norms: balls, length: queries(500, 5000) },
  nes: { title: 'NES', needs: 'scores', norms: balls, length: steps(40) },
  spsa: { title: 'SPSA', needs: 'scores', norms: balls, length: steps(40) },
  onePixel: {
    title: 'A few pixels, by evolution',
    needs: 'scores',
    norms: ['l0'],
    length: { option: 'generations', label: 'Generations', from: 1, to: 100, start: 30 },
    radius: 'pixels',
    withoutNorm: true,
  },
  hopSkipJump: { title: 'HopSkipJump', needs: 'labels', norms: ['l2', 'linf'], length: steps(10, 64) },
  boundary: { title: 'Boundary', needs: 'labels', norms: ['l2'], length: steps(1000, 10_000, 100) },
  spatial: { title: 'Turns and shifts', needs: 'labels', norms: ['none'], withoutNorm: true },
  noise: { title: 'Random noise', needs: 'labels', norms: balls, length: queries(100, 1000) },
};

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
