import type { History } from '@agoge/adv-train';
import { type Line, lineFigure } from './charts';
import type { Entry } from './entries';
import { type Html, html } from './html';
import { legend } from './legend';

/** Loss and accuracy over epochs, of the models whose history is known. */
export function trainingCurves(entries: readonly Entry[], histories: Readonly<Record<string, History>>): Html {
  const trained = entries
    .filter(({ own }, i) => entries.findIndex((each) => each.own === own) === i)
    .flatMap(({ result: { model }, color, own }) =>
      Object.hasOwn(histories, model.name) ? [{ name: model.name, color, own, ...histories[model.name] }] : [],
    );
  if (trained.length === 0) return html``;
  const lines = (value: (epoch: History['epochs'][number]) => number | undefined): Line[] =>
    trained.flatMap(({ name, color, own, epochs }) => {
      const points = epochs.flatMap((each) => {
        const y = value(each);
        return y === undefined ? [] : [{ x: each.epoch + 1, y }];
      });
      return points.length === 0 ? [] : [{ name, color, points, className: own }];
    });
  const accuracy = { x: 'epoch', y: 'accuracy', fractions: true, whole: true };
  const events = trained.flatMap(({ name, own, best, stopped, warnings = [] }) => [
    ...(best ? [html`<li class="${own}">${name}: epoch ${best.epoch + 1} was the most robust in validation</li>`] : []),
    ...(stopped ? [html`<li class="${own}">${name}: ended early (${stopped})</li>`] : []),
    ...warnings.map(({ message }) => html`<li class="${own}">${name}: ${message}</li>`),
  ]);
  return html`<section id="training"><h2>Training</h2>
<p>Loss and accuracy are those of the training batches, for adversarially trained models on their attacked images. Validation
was watched meanwhile, on fewer images and under a weaker attack than in the table above.</p>
${legend(trained)}
<div class="pair">${lineFigure(
    'Training loss',
    lines(({ loss }) => loss),
    { x: 'epoch', y: 'loss', whole: true },
  )}
${lineFigure(
  'Training accuracy',
  lines((each) => each.accuracy),
  accuracy,
)}
${lineFigure(
  'Validation: robust accuracy',
  lines(({ robustAccuracy }) => robustAccuracy),
  accuracy,
)}
${lineFigure(
  'Validation: clean accuracy',
  lines(({ cleanAccuracy }) => cleanAccuracy),
  accuracy,
)}</div>${events.length > 0 ? html`<ul class="soft">${events}</ul>` : ''}</section>`;
}
