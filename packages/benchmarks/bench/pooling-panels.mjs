// How far average and max pooling move by the size of the map, on noise and on a trained network, as one SVG for light and dark
// pages. The figures are `pooling.mjs`'s, in `docs/pooling.json` of `@agoge/architectures`.
import * as Plot from '@observablehq/plot';
import { drawSvg } from '../src/report/charts';

const ink = '#768390';
const kinds = [
  { key: 'max', name: 'max pooling', color: '#e16f24' },
  { key: 'average', name: 'average pooling', color: '#2f81f7' },
];

/** The text of the SVG. Moves are divided by those of a map of one position. */
export function poolingPanels({ noise, network }) {
  const { eps, pgd, signs } = network;
  const panels = [
    { title: 'noise at each position', moves: noise },
    { title: `trained network, PGD of ${eps}`, moves: pgd.moves },
    { title: `trained network, noise of ±${eps}`, moves: signs.moves },
  ];
  const pointsOf = (key) =>
    panels.flatMap(({ title, moves }) => moves.map(({ size, [key]: y }) => ({ title, size, y: y / moves[0][key] })));
  const sizes = noise.map(({ size }) => size);
  const ideal = panels.flatMap(({ title }) => sizes.map((size) => ({ title, size, y: 1 / size })));
  const facet = { fx: 'title' };
  const svg = drawSvg({
    width: 900,
    height: 300,
    marginLeft: 56,
    marginRight: 10,
    marginTop: 34,
    marginBottom: 40,
    style: { fontSize: '12px', fontFamily: 'system-ui, sans-serif', background: 'none', color: ink },
    fx: { domain: panels.map(({ title }) => title), label: null, padding: 0.1 },
    x: { type: 'log', base: 2, ticks: sizes, tickFormat: 'd', label: 'positions along a side of the map' },
    y: {
      type: 'log',
      domain: [1 / 16, 4],
      ticks: [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4],
      tickFormat: '~f',
      label: 'moves, relative',
    },
    marks: [
      Plot.ruleY([1], { stroke: ink, strokeOpacity: 0.4 }),
      Plot.lineY(ideal, { ...facet, x: 'size', y: 'y', stroke: ink, strokeDasharray: '3 4' }),
      ...kinds.flatMap(({ key, color }) => {
        const own = pointsOf(key);
        return [
          Plot.lineY(own, { ...facet, x: 'size', y: 'y', stroke: color, strokeWidth: 2 }),
          Plot.dot(own, { ...facet, x: 'size', y: 'y', fill: color, r: 3 }),
        ];
      }),
      ...kinds.map(({ name, color }, i) =>
        Plot.text([{ title: panels[0].title }], {
          ...facet,
          text: () => name,
          frameAnchor: 'left',
          fill: color,
          fontWeight: 600,
          dx: 8,
          dy: 40 + 18 * i,
        }),
      ),
      Plot.text([{ title: panels[0].title }], {
        ...facet,
        text: () => '1 / side',
        frameAnchor: 'left',
        fill: ink,
        dx: 8,
        dy: 76,
      }),
    ],
  });
  // Its style is for pages.
  return svg
    .replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')
    .replace(/<style>.*?<\/style>/s, '<title>How far average and max pooling move, by the size of the map</title>');
}
