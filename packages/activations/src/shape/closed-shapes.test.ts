import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import type { ActivationLayer } from '../activation-layer';
import { activations } from '../registry';
import type { Interval, ShapeFeatures } from './activation-shape';
import { analyseShape, sampleFormula } from './analyse-shape';
import { closedShapes, type ShapeParameters } from './closed-shapes';
import { measureShape } from './measure-shape';

type Setting = [name: string, parameters: Partial<ShapeParameters>];

/** Every activation, with parameters on both sides of where its shape changes kind. */
const settings: Setting[] = [
  ['relu', {}],
  ['smoothgradientrelu', {}],
  ['softplus', {}],
  ['silu', {}],
  ['gelu', { approximation: 'erf' }],
  ['gelu', { approximation: 'tanh' }],
  ['mish', {}],
  ...[0.5, 1, 1.5].map((alpha): Setting => ['elu', { alpha }]),
  ...[0.5, 1, 2].map((alpha): Setting => ['celu', { alpha }]),
  ...[1, 3, 20].map((r): Setting => ['smoothrelu', { r }]),
  ...[-0.3, 0, 0.25, 1, 1.5].map((alpha): Setting => ['prelu', { alpha }]),
  ...[-0.5, 0, 1, 1.5].map((alpha): Setting => ['pelu', { alpha }]),
  ...[-2, -1, -0.5, 0, 0.8].map((alpha): Setting => ['pblu', { alpha }]),
  ...[-0.5, 0.5, 1, 1.5].map((alpha): Setting => ['pprelu', { alpha }]),
  ...[-0.5, 0.5, 1, 1.5].map((alpha): Setting => ['ppelu', { alpha }]),
  ...[0.5, 1, 10].map((alpha): Setting => ['psoftplus', { alpha }]),
  ...[1, 1.7, 5].map((alpha): Setting => ['psilu', { alpha }]),
  ...[0.1, 0.3].map((beta): Setting => ['ssilu', { beta }]),
  ...[
    [1, 0.1],
    [1.3, 0.3],
  ].map(([alpha, beta]): Setting => ['pssilufixedbeta', { alpha, beta }]),
  ...[
    [1.7, 0.3],
    [10, 0.2],
    [1.5, 0.5],
    [1.5, 0.6],
    [1.5, 1.2],
    [0, 0.2],
  ].map(([alpha, beta]): Setting => ['pssilu', { alpha, beta }]),
];

it('has settings for every closed form', () => {
  expect(new Set(settings.map(([name]) => name))).toEqual(new Set(Object.keys(closedShapes)));
});

describe.each(settings)('%s %j', (name, parameters) => {
  const { jet, ...known } = closedShapes[name](parameters as ShapeParameters);

  it('slope and curvature are the derivatives of value and slope, by central differences', () => {
    for (let x = -7.05; x < 7.1; x += 0.19) {
      const h = 1e-5;
      const [before, here, after] = [x - h, x, x + h].map(jet);
      for (const order of [0, 1]) {
        const change = (after[order] - before[order]) / (2 * h);
        expect(Math.abs(here[order + 1] - change), `order ${order + 1} at ${x}`).toBeLessThan(1e-6);
      }
    }
  });

  const layer = layerOf(name, parameters);
  if (layer) {
    it('a search over the values of its layer finds them too', async () => {
      expectSameFeatures(await analyseShape(layer, { method: 'numeric' }), known);
    });
  }

  it('a search over its values finds the features that the formulas say', async () => {
    expectSameFeatures(await measureShape(sampleFormula(jet)), known);
  });
});

/** The layer of the registry with these parameters, if it has one that may start from them. */
function layerOf(name: string, parameters: object): ActivationLayer | undefined {
  const make = (activations as Record<string, ((options: object) => ActivationLayer) | undefined>)[name];
  try {
    return make?.(parameters);
  } catch {
    return undefined;
  }
}

/** Compares what a search found with what formulas say, within what a search can tell. */
function expectSameFeatures(found: ShapeFeatures, said: Partial<ShapeFeatures>): void {
  const near = (a: number, b: number, tolerance: number, what: string) => {
    const gap = a === b ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(b));
    expect(gap, `${what}: ${a} for ${b}`).toBeLessThanOrEqual(tolerance);
  };
  for (const side of ['left', 'right'] as const) {
    if (!said.ends) continue;
    near(found.ends[side].slope, said.ends[side].slope, 1e-4, `slope of the ${side} end`);
    near(found.ends[side].intercept, said.ends[side].intercept, 1e-3, `intercept of the ${side} end`);
    near(found.ends[side].value, said.ends[side].value, 1e-3, `value at the ${side} end`);
  }
  if (said.zeros)
    expectSameIntervals(
      found.zeros,
      said.zeros.filter(([from]) => from > -10 || from === -Infinity),
    );
  if (said.positiveOnNegatives) {
    // A tail that nears 0 is given up where float32 no longer tells it from 0.
    const isLost = (from: number) => said.ends?.left.value === 0 && from === -Infinity;
    const clipped = said.positiveOnNegatives.map(
      ([from, to], i): Interval => [isLost(from) ? (found.positiveOnNegatives[i]?.[0] ?? Number.NaN) : from, to],
    );
    expectSameIntervals(found.positiveOnNegatives, clipped);
  }
  if (said.curvature) {
    near(found.curvature.max, said.curvature.max, 1e-3, 'curvature');
    near(found.curvature.at, said.curvature.at, 1e-2, 'place of the curvature');
    expect(found.curvature.side).toBe(said.curvature.side);
  }
  if (said.slope) {
    near(found.slope.min, said.slope.min, 1e-4, 'smallest slope');
    near(found.slope.max, said.slope.max, 1e-4, 'largest slope');
  }
}

function expectSameIntervals(found: readonly Interval[], said: readonly Interval[]): void {
  const flat = (each: readonly Interval[]) => each.flat().map((end) => Math.round(end * 2e4) / 2e4 + 0);
  expect(flat(found)).toEqual(flat(said));
}

const golden = new URL('../../../../../shared/golden/activations.json', import.meta.url);

interface GoldenCase {
  name: string;
  params: Record<string, number>;
  x: number[];
  f: number[];
  dfdx: number[];
  /** Of smooth activations only. */
  d2fdx2?: number[];
}

/** As the registry calls it, with parameters as they act. */
function settingOf({ name, params }: GoldenCase): Setting {
  if (name.startsWith('gelu')) return ['gelu', { approximation: name.slice(5) }];
  const isMagnitude = /^(psoftplus|psilu|pssilu)/.test(name);
  const acting = Object.entries(params).map(([key, value]) => [key, isMagnitude ? Math.abs(value) : value]);
  return [name.replaceAll('_', ''), Object.fromEntries(acting)];
}

it.skipIf(!existsSync(golden))('all cases of activations.json agree to 1e-8 (needs ../shared/golden)', () => {
  const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { cases: GoldenCase[] };
  const ours = cases.filter((each) => settingOf(each)[0] in closedShapes);
  expect(ours).toHaveLength(48);
  for (const each of ours) {
    const [name, parameters] = settingOf(each);
    const { jet } = closedShapes[name](parameters as ShapeParameters);
    for (const [i, x] of each.x.entries()) {
      if (x === 0 && !each.d2fdx2) continue; // at a kink the slope is a convention
      [each.f, each.dfdx, each.d2fdx2].forEach((column, order) => {
        const expected = column?.[i];
        if (expected === undefined) return;
        const gap = Math.abs(jet(x)[order] - expected) / Math.max(1, Math.abs(expected));
        expect(gap, `${name} ${JSON.stringify(parameters)}, order ${order}, at ${x}`).toBeLessThan(1e-8);
      });
    }
  }
});
