import type { ActivationShape } from '@agoge/activations';
import { type Line, lineFigure } from './charts';
import { color } from './entries';
import { type Html, html } from './html';
import { legend } from './legend';
import { shapeCells, shapeHeads } from './shape-text';

/** An activation to draw. */
export interface ActivationCurve {
  name: string;
  /** As `analyseShape` of `@agoge/activations` gives it. */
  shape: ActivationShape;
}

/** Other colours than the first models': one activation may serve several. */
const own = (i: number) => color(i + 4);

/** Value, slope and curvature of activations, and what is told of their shapes. */
export function activationShapes(activations: readonly ActivationCurve[]): Html {
  if (activations.length === 0) return html``;
  const lines = (key: 'y' | 'dydx' | 'd2ydx2'): Line[] =>
    activations.map(({ name, shape: { series } }, i) => ({
      name,
      color: own(i),
      points: Array.from(series.x, (x, at) => ({ x, y: series[key][at] })),
    }));
  const rows = activations.map(
    ({ name, shape }, i) => html`<tr>
<th scope="row"><span class="swatch" style="background:${own(i)}"></span>${name}</th>
${shapeCells(shape).map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<section id="activations"><h2>Activations</h2>
<p>An attacker follows the model's gradient; the slope of the activation is what that gradient is made of. Positive outputs on
negative inputs and a high but finite curvature are what Dai, Mahloujifar and Mittal (2021) found to help.</p>
<div class="scroll"><table><caption>Shapes as trained; 0⁻ and 0⁺: seen from the left and from the right</caption>
<thead><tr><th scope="col">Activation</th>${shapeHeads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
${legend(activations.map(({ name }, i) => ({ name, color: own(i) })))}
<div class="pair">${lineFigure('Value', lines('y'), { x: 'x', y: 'f(x)' })}${lineFigure('Slope', lines('dydx'), { x: 'x', y: 'f′(x)' })}
${lineFigure('Curvature', lines('d2ydx2'), { x: 'x', y: 'f″(x)' })}</div></section>`;
}
