import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { percent } from '../percent';
import { Html, html } from './html';

/** One line of a chart; `color` is any CSS colour, so the page's own light and dark ones. */
export interface Line {
  name: string;
  color: string;
  points: readonly { x: number; y: number }[];
  dashed?: boolean;
  /** What lies around it: an interval at each x. */
  band?: readonly { x: number; low: number; high: number }[];
  /** Every point as a dot. */
  dots?: boolean;
  /** A class of its marks. */
  className?: string;
}

export interface LineChartOptions {
  /** What the chart shows, for those who do not see it. */
  description: string;
  x: string;
  y: string;
  /** From 0 to 1, written in percent. */
  fractions?: boolean;
  /** `x` counts: whole numbers on its axis. */
  whole?: boolean;
}

/** One row of the bar chart. */
export interface Bar {
  name: string;
  color: string;
  clean: number;
  robust: number;
  interval: readonly [low: number, high: number];
}

// Drawn at the size of a phone: wider pages set two side by side.
const width = 440;
const axis = 'var(--rule)';

function draw(options: Plot.PlotOptions, description: string): Html {
  const svg = drawSvg({ width, style: { fontSize: '12px', fontFamily: 'inherit', background: 'none' }, ...options });
  return html`<div role="img" aria-label="${description}">${new Html(svg)}</div>`;
}

/** A plot as the text of an SVG. */
export function drawSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return Plot.plot({ document, ...options }).outerHTML;
}

const percentTicks = { tickFormat: (value: number) => `${Math.round(value * 100)} %`, domain: [0, 1], ticks: 5 };

/** Lines over a common axis. */
function lineChart(lines: readonly Line[], { description, x, y, fractions, whole }: LineChartOptions): Html {
  const all = lines.flatMap(({ points }) => points.map((point) => point.x));
  const ticks = whole ? { interval: 1, ticks: Math.min(8, new Set(all).size), tickFormat: 'd' } : {};
  return draw(
    {
      height: 268,
      marginLeft: 52,
      marginBottom: 46,
      x: { label: x, labelOffset: 42, ...ticks },
      y: { label: y, grid: true, nice: true, ...(fractions && percentTicks) },
      marks: [
        Plot.ruleY([0], { stroke: axis }),
        ...lines.flatMap(({ band, color, className }) =>
          band ? [Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.14, className })] : [],
        ),
        ...lines.map(({ name, color, points, dashed, className }) =>
          Plot.lineY(points, {
            x: 'x',
            y: 'y',
            stroke: color,
            strokeWidth: 2,
            className,
            title: () => name,
            ...(dashed && { strokeDasharray: '5 4' }),
          }),
        ),
        ...lines
          .filter(({ points, dots }) => dots || points.length === 1)
          .map(({ name, color, points, className }) =>
            Plot.dot(points, { x: 'x', y: 'y', r: 3.5, fill: color, className, title: () => name }),
          ),
      ],
    },
    description,
  );
}

/** Lines with a caption, told in words by where they end; nothing where there are none. */
export function lineFigure(
  caption: string,
  lines: readonly Line[],
  options: Omit<LineChartOptions, 'description'>,
): Html {
  if (lines.length === 0) return html``;
  const write = options.fractions ? percent : (value: number) => value.toPrecision(3);
  const ends = lines.map(({ name, points }) => {
    const end = points.at(-1);
    return `${name} ${end ? write(end.y) : '–'}`;
  });
  const description = `${caption}. At the end: ${ends.join('; ')}.`;
  return html`<figure><figcaption>${caption}</figcaption>${lineChart(lines, { ...options, description })}</figure>`;
}

/** Clean accuracy as a pale bar, robust accuracy as a full one within it, its 95 % interval as a whisker. */
export function accuracyBars(bars: readonly Bar[], about = 'Accuracy by model'): Html {
  const names = bars.map(({ name }) => name);
  const spoken = bars.map(({ name, clean, robust }) => `${name}: clean ${percent(clean)}, robust ${percent(robust)}`);
  const row = bars.length > 8 ? 24 : 38;
  return draw(
    {
      height: 36 + row * bars.length,
      marginLeft: 16 + 6.6 * Math.max(...names.map((name) => shorten(name).length)),
      marginRight: 28,
      x: { ...percentTicks, label: null, grid: true },
      y: { domain: names, label: null, padding: 0.35, tickSize: 0, tickFormat: shorten },
      marks: [
        Plot.barX(bars, { x: 'clean', y: 'name', fill: (bar: Bar) => bar.color, fillOpacity: 0.22, rx: 3 }),
        Plot.barX(bars, { x: 'robust', y: 'name', fill: (bar: Bar) => bar.color, rx: 3 }),
        ...bars.flatMap((bar) => [
          Plot.ruleY([bar], { x1: bar.interval[0], x2: bar.interval[1], y: 'name', strokeWidth: 1.5 }),
          ...bar.interval.map((end) =>
            Plot.tickX([bar], { x: () => end, y: 'name', inset: row > 30 ? 7 : 4, strokeWidth: 1.5 }),
          ),
        ]),
        Plot.ruleX([0], { stroke: axis }),
      ],
    },
    `${about}. ${spoken.join('; ')}.`,
  );
}

const shorten = (name: string) => (name.length > 22 ? `${name.slice(0, 21)}…` : name);
