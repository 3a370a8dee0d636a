import * as Plot from '@observablehq/plot';
import { drawSvg } from './charts';
import { color } from './entries';
import { Html, html } from './html';
import { page } from './page';
import { plainTable } from './plain-table';

/** A table of text, its head first. */
export interface SpeedTable {
  title: string;
  rows: readonly (readonly string[])[];
}

/** How fast contestants were in each row, as shares of the speed of the first: median and quartiles over the rounds. */
export interface SpeedChart {
  title: string;
  bars: readonly { row: string; name: string; ms: number; speed: number; low: number; high: number }[];
}

export interface BenchPageParts {
  /** A line each: machine, contestants, what is missing and what was measured otherwise than asked. */
  about: readonly string[];
  tables: readonly SpeedTable[];
  charts: readonly SpeedChart[];
  /** With which it was made. */
  command: string;
}

/** Measurements of speed as one HTML page: for each title its bars and its table. */
export function benchPage({ about, tables, charts, command }: BenchPageParts): string {
  return page(
    'Speed',
    html`<h1>Speed</h1>
<ul>${about.map((line) => html`<li>${line}</li>`)}</ul>
${tables.map(({ title, rows: [head, ...rows] }) => {
  const chart = charts.find((each) => each.title === title);
  return html`<section><h2>${title}</h2>${chart ? bars(chart) : ''}${plainTable(head, rows)}</section>`;
})}
<p>To do it again:</p><pre><code>${command}</code></pre>`,
    'wide',
  );
}

function bars({ title, bars }: SpeedChart): Html {
  const names = [...new Set(bars.map(({ name }) => name))];
  const rows = [...new Set(bars.map(({ row }) => row))];
  const widest = Math.max(...[...names, ...rows].map((name) => name.length));
  const speed = (value: number) => `${value.toPrecision(3)} ×`;
  const [heading, height] = [18, 18 + 17 * names.length];
  const svg = drawSvg({
    ...{
      width: 640,
      height: 72 + rows.length * height,
      marginLeft: 16 + 6.4 * widest,
      marginRight: 64,
      marginTop: 24,
      marginBottom: 42,
    },
    style: { fontSize: '12px', fontFamily: 'inherit', background: 'none' },
    x: { label: `speed, ${names[0]} = 1`, labelOffset: 36, grid: true, nice: true },
    y: { domain: names, label: null, tickSize: 0, padding: 0.25 },
    fy: { domain: rows, label: null, axis: null, paddingInner: heading / height, paddingOuter: 0 },
    marks: [
      Plot.barX(bars, {
        ...{ x: 'speed', y: 'name', fy: 'row', rx: 3, fill: (bar: { name: string }) => color(names.indexOf(bar.name)) },
        fillOpacity: 0.75,
      }),
      Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'name', fy: 'row', strokeWidth: 1.5 }),
      Plot.text(bars, {
        ...{ x: 'high', y: 'name', fy: 'row', dx: 6, textAnchor: 'start', fill: 'currentColor' },
        text: (bar: { speed: number }) => speed(bar.speed),
      }),
      Plot.text(rows, {
        fy: (row: string) => row,
        text: (row: string) => row,
        frameAnchor: 'top-left',
        dy: -13,
        fontWeight: 600,
      }),
      Plot.ruleX([0], { stroke: 'var(--rule)' }),
    ],
  });
  const spoken = bars.map(({ row, name, speed: value }) => `${row}, ${name} ${speed(value)}`).join('; ');
  return html`<figure><figcaption>As shares of the speed of ${names[0]}, with quartiles over the rounds; longer is faster.</figcaption><div role="img" aria-label="${title}: ${spoken}">${new Html(svg)}</div></figure>`;
}
