import type { EpsCurve } from '../eps-curves';
import { wilson } from '../wilson';
import { type Line, lineFigure } from './charts';
import { color, type Entry } from './entries';
import { type Html, html } from './html';
import { legend } from './legend';

const told: Record<EpsCurve['source'], string> = {
  'several eps': 'Each dot is a run; an image that fell in a smaller ball counts as fallen in every larger one.',
  distances: 'Dashed lines are from the distances at which one attack broke each image.',
};

/** Robust accuracy over eps, a figure for each norm; the band is the 95 % interval at each eps. */
export function accuracyOverEps(curves: readonly EpsCurve[], entries: readonly Entry[]): Html {
  if (curves.length === 0) return html``;
  const looks = curves.map(({ name }, i) => {
    const entry = entries.find(({ result }) => result.model.name === name);
    return { name, color: entry?.color ?? color(entries.length + i), own: entry?.own ?? '' };
  });
  const norms = [...new Set(curves.map(({ norm }) => norm))];
  const lines = (norm: string): Line[] =>
    curves.flatMap((curve, i) =>
      curve.norm === norm
        ? [
            {
              ...{ name: curve.name, color: looks[i].color, className: looks[i].own },
              points: curve.points.map(({ eps, accuracy }) => ({ x: eps, y: accuracy })),
              band: curve.points.map(({ eps, robust, examples }) => {
                const [low, high] = wilson(robust, examples);
                return { x: eps, low, high };
              }),
              dots: curve.source === 'several eps',
              dashed: curve.source === 'distances',
            },
          ]
        : [],
    );
  const sources = [...new Set(curves.map(({ source }) => source))];
  return html`<section id="curves"><h2>Accuracy over eps</h2>
<p>How much stands as the attacker may change more. ${sources.map((each) => told[each]).join(' ')} Bands are 95 % intervals.</p>
${legend(looks.filter(({ name }, i) => looks.findIndex((each) => each.name === name) === i))}
<div class="pair">${norms.map((norm) =>
    lineFigure(`Robust accuracy over ${norm} eps`, lines(norm), { x: 'eps', y: 'accuracy', fractions: true }),
  )}</div></section>`;
}
