import type { Attack } from '@agoge/core';
import { attacks } from '../src/registry';

/** What an attack under test is asked to be; a ball of the row's own radius unless said. */
export interface Asked {
  eps?: number;
  /** Of those that look for the nearest: without a ball. */
  isOpen?: boolean;
  targets?: number;
  /** With many steps or queries rather than few, which begin with the same. */
  isLong?: boolean;
}

/** An attack under test. */
export interface Row {
  /** Its name in the registry and, after a comma, how it differs from its defaults. */
  name: string;
  norm: Attack['norm'];
  make(asked: Asked): Attack;
  /** Where it has a ball. */
  eps?: number;
  /** Whether it draws noise. */
  isRandom: boolean;
  /** Whether it can be given the labels wanted. */
  isTargetable: boolean;
  /**
   * Whether it looks for the nearest adversarial image, and so promises nothing of images that cannot be broken; how near it
   * comes to the nearest of a linear model is tested beside this.
   */
  isNearest: boolean;
  /** Forward passes of its first step. */
  passes: number;
  /** What share of a linear model's optimum it reaches, if it is long. */
  share: number;
}

const radii = { linf: 0.1, l2: 0.35, l1: 1, l0: 4 };
type Ball = keyof typeof radii;
type Name = keyof typeof attacks;

/** Under which name an attack is registered, of its row's. */
export const registeredName = (title: string) => title.split(',')[0] as Name;
/** What makes it, from options that nobody has checked. */
export const makerOf = (title: string) => attacks[registeredName(title)] as (options: object) => Attack;

const wanting = (targets?: number) => (targets === undefined ? {} : { targets });

interface Kind extends Partial<Pick<Row, 'isRandom' | 'isTargetable' | 'isNearest' | 'passes'>> {
  norms?: readonly Ball[];
  /** Radius, as a multiple of that which all share. */
  reach?: number;
  share?(norm: Ball): number;
}

/** A row for each norm of an attack that has a ball. */
function inBalls(
  name: Name | `${Name}, ${string}`,
  optionsOf: (eps: number, isLong: boolean) => object,
  { norms = ['linf', 'l2', 'l1'], reach = 1, share = () => 0.999, ...promises }: Kind = {},
): Row[] {
  return norms.map((norm) => ({
    ...{ name, norm, eps: reach * radii[norm], share: share(norm) },
    ...{ isRandom: false, isTargetable: true, isNearest: false, passes: 1, ...promises },
    make({ eps = reach * radii[norm], isOpen = false, isLong = false, targets }) {
      return makerOf(name)({ norm, ...(!isOpen && { eps }), ...optionsOf(eps, isLong), ...wanting(targets) });
    },
  }));
}

/** The row of an attack that no ball holds. */
const unheld = (name: Name, norm: Attack['norm'], optionsOf: (isLong: boolean) => object): Row => ({
  ...{ name, norm, isRandom: true, isTargetable: true, isNearest: false, passes: 1, share: 0 },
  make: ({ isLong = false, targets }) => makerOf(name)({ ...optionsOf(isLong), ...wanting(targets) }),
});

// L1-APGD is not exact: it moves at least the two pixels of largest gradient, by as much each.
const ofApgd = { isRandom: true, share: (norm: Ball) => (norm === 'l1' ? 0.9 : 0.999) };
const ofConstants = { rounds: 3, steps: 30, stepSize: 0.1, initialConstant: 1 };
const wholeFamily = { momentum: 'nesterov', diversity: 0.3, blur: 3, scales: 2, neighbours: 1 };
const nearest = { isNearest: true };

/** Every registered attack, in every norm that it has: a row whose promises the contract holds it to. */
export const rows: Row[] = [
  ...inBalls('apgd', (_, isLong) => ({ steps: isLong ? 30 : 10 }), ofApgd),
  ...inBalls('apgd, with a shrinking ball', (_, isLong) => ({ steps: isLong ? 30 : 10, epsSchedule: 'shrinking' }), {
    norms: ['l1'],
    ...ofApgd,
  }),
  ...inBalls('apgdTargeted', (_, isLong) => ({ steps: isLong ? 30 : 6 }), { ...ofApgd, isTargetable: false }),
  ...inBalls('boundary', (_, isLong) => ({ steps: isLong ? 200 : 100, tries: 10, aroundStep: 0.1 }), {
    ...{ norms: ['l2'], reach: 2.5, isRandom: true, ...nearest },
  }),
  ...inBalls('cw', () => ofConstants, { norms: ['l2'], ...nearest }),
  ...inBalls('ddn', () => ({ steps: 25 }), { norms: ['l2'], ...nearest }),
  ...inBalls('deepfool', () => ({}), { norms: ['linf', 'l2'], ...nearest }),
  ...inBalls('ead', () => ofConstants, { norms: ['l1'], ...nearest }),
  ...inBalls('fab', () => ({ steps: 8 }), nearest),
  ...inBalls('fab, with restarts', () => ({ steps: 3, restarts: 3 }), {
    ...{ norms: ['linf', 'l2'], reach: 0.7, isRandom: true, ...nearest },
  }),
  ...inBalls('fabTargeted', () => ({ steps: 5 }), { ...nearest, isTargetable: false }),
  ...inBalls('fgsm', () => ({})),
  ...inBalls('fmn', () => ({ steps: 25 }), nearest),
  ...inBalls('hopSkipJump', (_, isLong) => ({ steps: isLong ? 4 : 2, firstProbes: 12, tries: 10 }), {
    ...{ norms: ['linf', 'l2'], reach: 2, isRandom: true, ...nearest },
  }),
  // Where one of two logits is constant nothing is salient.
  ...inBalls('jsma', (eps) => ({ eps: Math.ceil(eps), theta: eps > 0 && eps < 1 ? 1e-5 : 1 }), {
    ...{ norms: ['l0'], passes: 2, ...nearest },
  }),
  ...inBalls('miFgsm', (eps) => ({ stepSize: eps / 2 })),
  ...inBalls('miFgsm, with all of its family', (eps) => ({ ...wholeFamily, stepSize: eps / 2 }), {
    ...{ norms: ['linf', 'l2'], isRandom: true, passes: 9, share: () => 0.6 },
  }),
  ...inBalls('multiTargeted', (eps) => ({ steps: 6, stepSize: eps }), { isRandom: true, isTargetable: false }),
  ...inBalls('nes', (eps, isLong) => ({ steps: isLong ? 6 : 3, pairs: 5, stepSize: eps / 3 }), { isRandom: true }),
  ...inBalls('noise', (_, isLong) => ({ queries: isLong ? 40 : 20 }), { isRandom: true }),
  unheld('onePixel', 'l0', (isLong) => ({ population: 8, generations: isLong ? 8 : 3 })),
  ...inBalls('pgd', (eps) => ({ steps: 8, stepSize: eps, restarts: 2 }), { isRandom: true }),
  ...inBalls('pgd, from the clean image', () => ({ steps: 8, start: 'zero' })),
  unheld('spatial', 'none', (isLong) => ({
    ...{ poses: 'random', maxRotation: 15, maxShift: 0.4, draws: isLong ? 30 : 5 },
  })),
  ...inBalls('spsa', (_, isLong) => ({ steps: isLong ? 6 : 3, pairs: 5, stepSize: 0.05 }), { isRandom: true }),
  ...inBalls('square', (_, isLong) => ({ queries: isLong ? 80 : 30 }), { isRandom: true }),
];

/** Attacks of the registry without a row. */
export const missing: string[] = Object.keys(attacks).filter(
  (name) => !rows.some((row) => registeredName(row.name) === name),
);
