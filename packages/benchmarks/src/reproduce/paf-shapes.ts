import type { Named } from '../model-description';
import type { Scale } from '../recipes/scale';
import type { ClaimSketch } from './claims';
import type { Arm, Measure } from './plan';

const eps = 0.031;

/** Values at which alpha is frozen, by activation: of the source's seven families all at `full`; the grid is a reading. */
const grids = {
  full: {
    prelu: [-0.5, -0.25, 0, 0.25, 0.5],
    pelu: [-1, -0.5, 0, 0.5, 1],
    pprelu: [0.5, 1, 2],
    ppelu: [0.5, 1, 2],
    pblu: [-0.5, 0, 0.5, 1],
    psilu: [0.5, 1, 2, 5, 10],
    psoftplus: [0.5, 1, 2, 5, 10],
  },
  small: { prelu: [-0.5, 0, 0.5], psilu: [1, 5, 10], psoftplus: [1, 10] },
  tiny: { prelu: [-0.5, 0], psilu: [1, 10] },
} as const;

export const alphas = Object.entries(grids.full)
  .map(([family, values]) => `${family} ${values.join(', ')}`)
  .join('; ');

const nameOf = (family: string, alpha: number) => `shape-${family}${alpha}`;

/** A network for each value, trained without attacks. */
export const shapeArms = (scale: Scale, arm: (name: string, activation: Named) => Arm): Arm[] =>
  Object.entries(grids[scale]).flatMap(([family, values]) =>
    values.map((alpha: number) => arm(nameOf(family, alpha), { name: family, options: { alpha, learn: [] } })),
  );

/** The four measures of the source; on fewer images where the scale is smaller. */
export function shapeMeasuresAt(scale: Scale): Measure[] {
  const images = { full: 10_000, small: 200, tiny: 10 }[scale];
  const attack = { eps, steps: scale === 'tiny' ? 2 : 10, stepSize: 0.0078 };
  const rounds = scale === 'tiny' ? { rounds: 4 } : {};
  const queries = scale === 'tiny' ? 10 : 1000;
  return [
    { name: 'radius', kind: 'minimum-radius', options: rounds, images },
    {
      ...{ name: 'square', kind: 'attacks', labels: 'right', images },
      attacks: [{ name: 'square', options: { norm: 'linf', eps, queries } }],
    },
    { name: 'lipschitz', kind: 'lipschitz', options: attack, images },
    { name: 'features', kind: 'feature-difference', options: { ...attack, before: 'layer3.0.conv1' }, images },
  ];
}

/** What the abstract says of shapes, of values at the ends of the grid. */
export function shapeSketches(scale: Scale): ClaimSketch[] {
  const high = grids[scale].psilu.at(-1) ?? 1;
  const source = { seen: 'abstract' } as const;
  return [
    {
      id: 'shape-positive-outputs',
      statement:
        'Positive outputs on negative inputs enlarge the radius of a network trained without attacks: PReLU at -0.5 against ReLU',
      treatment: nameOf('prelu', -0.5),
      control: nameOf('prelu', 0),
      metric: 'radius',
      source: { ...source, where: 'positive outputs on negative inputs increase robustness' },
    },
    {
      id: 'shape-curvature',
      statement: `High finite curvature enlarges the radius of a network trained without attacks: PSiLU at ${high} against SiLU`,
      treatment: nameOf('psilu', high),
      control: nameOf('psilu', 1),
      metric: 'radius',
      source: { ...source, where: 'high finite curvature increases robustness' },
    },
  ];
}
