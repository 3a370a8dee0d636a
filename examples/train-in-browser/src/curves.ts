import { line, lineY, type Markish, plot, windowY } from '@observablehq/plot';
import type { Point } from './protocol';

const mean = 15;
const height = 190;

interface Frame {
  label: string;
  steps: number;
  marks: Markish[];
  y: { domain?: [number, number]; label: null; tickFormat?: string; zero?: boolean };
}

function draw(into: HTMLElement, { label, steps, marks, y }: Frame): void {
  const width = into.clientWidth || 320;
  const svg = plot({
    ...{ width, height, marginLeft: 44, marginRight: 12, marginBottom: 34 },
    style: { background: 'none', color: 'inherit', fontSize: '12px', overflow: 'visible' },
    x: { domain: [0, steps], label: 'step', ticks: Math.min(6, Math.floor(width / 70)), tickFormat: 'd' },
    y: { ...y, ticks: 5, grid: true },
    marks,
  });
  // One image to those who hear it: Plot names its groups, which have no role to be named by.
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  into.replaceChildren(svg);
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** Loss and accuracies over the steps, drawn anew. */
export function drawCurves(
  points: readonly Point[],
  steps: number,
  { accuracy, losses }: { accuracy: HTMLElement; losses: HTMLElement },
): void {
  const end = Math.max(steps, points.at(-1)?.step ?? 0, 1);
  const validated = points.filter(({ robust }) => robust !== undefined);
  const [first, last] = [validated[0], validated.at(-1)];
  draw(accuracy, {
    label:
      first && last
        ? `Accuracy over steps: clean from ${percent(first.clean ?? 0)} to ${percent(last.clean ?? 0)}, robust from ${percent(first.robust ?? 0)} to ${percent(last.robust ?? 0)}`
        : 'Accuracy over steps: nothing yet',
    steps: end,
    y: { domain: [0, 1], label: null, tickFormat: '%' },
    marks: [
      line(validated, { x: 'step', y: 'clean', stroke: 'var(--clean)', strokeWidth: 2, strokeDasharray: '6 3' }),
      line(validated, { x: 'step', y: 'robust', stroke: 'var(--robust)', strokeWidth: 2.5 }),
    ],
  });
  const trained = points.filter(({ loss }) => loss !== undefined);
  draw(losses, {
    label:
      trained.length > 0 ? `Loss over steps, last ${trained.at(-1)?.loss?.toFixed(2)}` : 'Loss over steps: nothing yet',
    steps: end,
    y: { label: null, zero: true },
    marks: [
      lineY(trained, { x: 'step', y: 'loss', stroke: 'currentColor', strokeOpacity: 0.3 }),
      lineY(
        trained,
        windowY({ k: mean, anchor: 'end' }, { x: 'step', y: 'loss', stroke: 'currentColor', strokeWidth: 2 }),
      ),
    ],
  });
}

/** The mean of the last losses, as the curve has it. */
export function meanLoss(points: readonly Point[]): number | undefined {
  const last = points.flatMap(({ loss }) => loss ?? []).slice(-mean);
  return last.length === 0 ? undefined : last.reduce((sum, each) => sum + each, 0) / last.length;
}
