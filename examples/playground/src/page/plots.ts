import * as Plot from '@observablehq/plot';
import type { CurvePoint, Shape } from '../engine/protocol';

/** A classifier's curve as far as it is known. */
export interface Curve {
  title: string;
  side: 'left' | 'right';
  points: readonly CurvePoint[];
}

const colourOf = (side: Curve['side']) => `var(--${side})`;
const style = {
  background: 'none',
  fontFamily: 'inherit',
  fontSize: '13px',
  color: 'var(--quiet)',
  overflow: 'visible',
};

/** A drawing as one image with a name; Plot names its parts too, which readers of a screen would be told one by one. */
function asImage(drawn: Element, name: string, description: string): SVGElement {
  for (const part of drawn.querySelectorAll('[aria-label], [aria-hidden]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-hidden');
  }
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', description ? `${name}. ${description}` : name);
  return drawn as SVGElement;
}

/** Robust accuracy over eps; the dashed line is at the eps that is set above. */
export function curvePlot(
  curves: readonly Curve[],
  max: number,
  eps: number,
  label: string,
  width: number,
): SVGElement {
  const drawn = Plot.plot({
    width,
    height: Math.min(340, Math.max(240, width * 0.45)),
    marginLeft: 48,
    marginRight: 16,
    marginBottom: 42,
    style,
    x: { domain: [0, max], label, labelArrow: 'none', labelAnchor: 'center' },
    y: {
      domain: [0, 100],
      percent: true,
      label: null,
      grid: true,
      ticks: 5,
      tickFormat: (each: number) => `${each} %`,
    },
    marks: [
      Plot.ruleX([eps], { stroke: 'var(--faint)', strokeDasharray: '4 4' }),
      Plot.ruleY([0], { stroke: 'var(--faint)' }),
      ...curves.flatMap(({ side, points }) => [
        Plot.lineY(points, { x: 'eps', y: 'accuracy', stroke: colourOf(side), strokeWidth: 2.5 }),
        Plot.dot(points, {
          ...{ x: 'eps', y: 'accuracy', r: 4.5, symbol: side === 'left' ? 'circle' : 'square' },
          ...{ fill: colourOf(side), stroke: 'var(--panel)', strokeWidth: 1.5 },
        }),
      ]),
    ],
  });
  const said = curves.map(({ title, points }) => `${title}: ${inWords(points)}`).join('. ');
  return asImage(drawn, 'Robust accuracy over epsilon', said);
}

const inWords = (points: readonly CurvePoint[]) =>
  points.map(({ eps, accuracy }) => `${(100 * accuracy).toFixed(0)} % at ${Number(eps.toFixed(3))}`).join(', ');

/** What of a shape is drawn, and as what. */
export const orders = [
  { key: 'y', title: 'f(x)' },
  { key: 'dydx', title: 'f′(x)' },
  { key: 'd2ydx2', title: 'f″(x)' },
] as const;

/** One of an activation's three plots, and dotted what it became in training. */
export function shapePlot(
  shape: Shape,
  learned: Shape | undefined,
  { key, title }: (typeof orders)[number],
  width: number,
): SVGElement {
  const rows = (each: Shape) => Array.from(each.x, (x, i) => ({ x, y: each[key][i] }));
  const domain = { y: [-1.5, 3], dydx: [-0.6, 1.8], d2ydx2: [-1, 3] }[key];
  const line = { x: 'x', y: 'y', clip: true } as const;
  const drawn = Plot.plot({
    width,
    height: Math.max(180, width * 0.72),
    ...{ marginLeft: 34, marginRight: 10, marginTop: 26, style },
    x: { domain: [-5, 5], label: null, ticks: 5 },
    y: { domain, label: null, grid: true, ticks: 5 },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--faint)' }),
      Plot.ruleY([0], { stroke: 'var(--faint)' }),
      ...(learned
        ? [Plot.line(rows(learned), { ...line, stroke: 'var(--left)', strokeDasharray: '2 5', strokeWidth: 2.5 })]
        : []),
      Plot.line(rows(shape), { ...line, stroke: 'var(--right)', strokeWidth: 2.5 }),
      Plot.text([title], { frameAnchor: 'top-left', dy: -20, fontWeight: 600, fill: 'var(--ink)' }),
    ],
  });
  return asImage(drawn, `${title} for x from -5 to 5`, '');
}
