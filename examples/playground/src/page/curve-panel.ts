import { type Engine, isAbort } from '../engine/client';
import type { CurvePoint, Opened } from '../engine/protocol';
import { type AttackSettings, attackChoice, attackInWords, normTitles, radii } from './attack-menu';
import { byId, make, percent } from './element';
import { type Curve, curvePlot } from './plots';
import { runAndStop } from './run-and-stop';

/** What the panel asks the page for. */
export interface CurveSurroundings {
  engine(): Engine;
  settings(): AttackSettings;
  /** The two classifiers, left and right. */
  chosen(): { opened: Opened; title: string; side: Curve['side'] }[];
  onTrouble(message: string): void;
}

/** Radii of a curve: a tenth of the largest, two tenths ... */
const points = 10;

/** The panel of robust accuracy over eps, point by point as they come. */
export function curvePanel({ engine, settings, chosen, onTrouble }: CurveSurroundings): {
  refresh(): void;
  stop(): void;
} {
  const [run, stop] = ['curve-run', 'curve-stop'].map((id) => byId(id, HTMLButtonElement));
  const setButtons = runAndStop(run, stop);
  const examples = byId('curve-examples', HTMLSelectElement);
  const said = byId('curve-said', HTMLElement);
  const plot = byId('curve-plot', HTMLElement);
  const table = byId('curve-table', HTMLTableElement);
  let curves: Curve[] = [];
  let measured: AttackSettings | undefined;
  let controller: AbortController | undefined;

  const draw = () => {
    const { norm, eps } = measured ?? settings();
    const isSized = norm !== 'none';
    setButtons({ isRunning: controller !== undefined, canRun: isSized && chosen().length > 0 });
    if (!isSized) return;
    const { max } = radii(norm, chosen()[0]?.opened.shape ?? [8, 8, 1]);
    const shown = measured ? eps : settings().eps;
    const drawn = curvePlot(curves, max, shown, `ε in ${normTitles[norm].name}`, plot.clientWidth || 640);
    plot.replaceChildren(drawn, legend(curves.length > 0 ? curves : chosen().map((each) => ({ ...each, points: [] }))));
    fillTable(table, curves);
  };

  const measure = async () => {
    const [{ shape }] = chosen().map(({ opened }) => opened);
    const settled = settings();
    const { max } = radii(settled.norm, shape);
    const grid = Array.from({ length: points }, (_, i) => rounded(((i + 1) * max) / points, settled.norm));
    const eps = [...new Set(grid)];
    controller = new AbortController();
    const { signal } = controller;
    measured = settled;
    curves = [];
    said.textContent = 'Measuring …';
    draw();
    const start = performance.now();
    try {
      for (const { opened, title, side } of chosen()) {
        const known: CurvePoint[] = [];
        curves.push({ title, side, points: known });
        const attacks = eps.map((radius) => ({
          eps: radius,
          attack: attackChoice({ ...settled, eps: radius }, opened.bounds),
        }));
        const input = { classifier: opened.name, attacks, examples: Number(examples.value), seed: 0 };
        const onEvent = (point: CurvePoint) => {
          known.push(point);
          said.textContent = `Measuring ${title} …`;
          draw();
        };
        await engine().call('curve', input, { signal, onEvent });
      }
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      said.textContent = `Measured in ${seconds} s: ${attackInWords(settled)}`;
    } catch (error) {
      said.textContent = isAbort(error) ? 'Stopped' : '';
      if (!isAbort(error)) onTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      controller = undefined;
      draw();
    }
  };

  run.addEventListener('click', () => void measure());
  stop.addEventListener('click', () => controller?.abort());
  new ResizeObserver(() => draw()).observe(plot);
  return {
    refresh() {
      if (!controller) measured = curves.length > 0 ? measured : undefined;
      draw();
    },
    stop() {
      controller?.abort();
      curves = [];
      measured = undefined;
      said.textContent = '';
      draw();
    },
  };
}

const rounded = (radius: number, norm: AttackSettings['norm']) =>
  norm === 'l0' ? Math.ceil(radius) : Number(radius.toFixed(4));

function legend(curves: readonly Pick<Curve, 'title' | 'side'>[]): HTMLElement {
  const list = make('ul', 'legend');
  for (const { title, side } of curves) list.append(make('li', side, title));
  return list;
}

function fillTable(table: HTMLTableElement, curves: readonly Curve[]): void {
  const row = (cells: readonly string[], tag: 'th' | 'td') => {
    const made = make('tr');
    made.append(
      ...cells.map((text, i) => {
        const cell = make(i === 0 ? 'th' : tag, '', text);
        cell.setAttribute('scope', tag === 'th' ? 'col' : 'row');
        if (tag === 'td' && i > 0) cell.removeAttribute('scope');
        return cell;
      }),
    );
    return made;
  };
  const longest = curves.reduce<readonly CurvePoint[]>(
    (most, { points }) => (points.length > most.length ? points : most),
    [],
  );
  table.replaceChildren(
    row(['ε', ...curves.map(({ title }) => title)], 'th'),
    ...longest.map(({ eps }, i) =>
      row([String(eps), ...curves.map(({ points }) => (points[i] ? percent(points[i].accuracy) : '…'))], 'td'),
    ),
  );
}
