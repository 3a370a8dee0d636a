// Every activation of the table with its slope and curvature, in small multiples, as one SVG for light and dark pages.
import { analyseShape } from '@agoge/activations';
import * as Plot from '@observablehq/plot';
import { drawSvg } from '../src/report/charts';
import { rows } from './activation-rows.mjs';
import { parametersText } from './shape-table.mjs';

const columns = 5;
const ink = '#768390';
const lines = [
  { key: 'd2ydx2', name: 'f″(x)', color: '#2da44e' },
  { key: 'dydx', name: 'f′(x)', color: '#e16f24' },
  { key: 'y', name: 'f(x)', color: '#2f81f7' },
];

/** The text of the SVG; the last panel says which line is which. */
export async function shapePanels() {
  const panels = await Promise.all(
    rows.map(async ({ name, layer, at: parameters }, i) => {
      // Each side of 0 on its own, so that a jump is upright.
      const sides = [
        { from: -4, to: 0 },
        { from: 1e-9, to: 4 },
      ];
      const [left, right] = await Promise.all(
        sides.map((side) => analyseShape(name, { parameters, points: 41, ...side })),
      );
      return {
        ...placeOf(i),
        label: [layer, parametersText(left.parameters)].join('\n'),
        sides: [left.series, right.series],
      };
    }),
  );
  const facets = { fx: 'fx', fy: 'fy' };
  const svg = drawSvg({
    width: 900,
    height: 640,
    marginLeft: 26,
    marginRight: 4,
    marginTop: 4,
    style: { fontSize: '11px', fontFamily: 'system-ui, sans-serif', background: 'none', color: ink },
    fx: { axis: null, padding: 0.06 },
    fy: { axis: null, padding: 0.08 },
    x: { domain: [-4, 4], ticks: [-3, 0, 3], label: null },
    y: { domain: [-1, 3], ticks: [-1, 0, 1, 2], tickFormat: 'd', tickSize: 3, label: null },
    marks: [
      Plot.ruleX(panels, { ...facets, x: () => 0, stroke: ink, strokeOpacity: 0.4 }),
      Plot.ruleY(panels, { ...facets, y: () => 0, stroke: ink, strokeOpacity: 0.4 }),
      ...lines.map(({ key, color }) =>
        Plot.lineY(panels.flatMap(pointsOf(key)), {
          ...facets,
          x: 'x',
          y: 'y',
          stroke: color,
          strokeWidth: 1.5,
          clip: true,
        }),
      ),
      Plot.text(panels, {
        ...facets,
        text: 'label',
        frameAnchor: 'top-left',
        fill: ink,
        fontWeight: 600,
        dx: 3,
        dy: 2,
      }),
      ...lines.map(({ name, color }, i) =>
        Plot.text([placeOf(rows.length)], {
          ...facets,
          text: () => name,
          frameAnchor: 'left',
          fill: color,
          fontWeight: 600,
          fontSize: 14,
          dx: 40,
          dy: 20 - 20 * i,
        }),
      ),
    ],
  });
  // Its style is for pages.
  return svg
    .replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')
    .replace(/<style>.*?<\/style>/s, '<title>Activations, their slopes and curvatures</title>');
}

function placeOf(i) {
  return { fx: i % columns, fy: Math.floor(i / columns) };
}

/** Of points where the line hardly bends, only some. */
function pointsOf(key) {
  return ({ fx, fy, sides }) =>
    sides.flatMap(({ x, [key]: y }) => {
      let bend = 0;
      return Array.from(x, (at, i) => ({ fx, fy, x: at, y: y[i] })).filter((_, i) => {
        bend += Math.abs(y[i - 1] - 2 * y[i] + y[i + 1]);
        if (bend < 0.003) return false;
        bend = 0; // and NaN at both ends
        return true;
      });
    });
}
