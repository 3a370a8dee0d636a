import type { EvaluationImage, EvaluationResult } from '../evaluation-result';
import { type Html, html } from './html';
import { dataUri, imagePng, largestChange, perturbationPng, pixelsOf } from './images';

const shown = 8;

/** Clean image, perturbation and adversarial image of the first examples that a result kept. */
export function imageGrid({ data, images }: EvaluationResult, name: string): Html {
  const columns = images.slice(0, shown).map((image) => column(image, data.bounds));
  if (columns.length === 0) return html``;
  const row = (title: string, cell: (each: (typeof columns)[number]) => Html) =>
    html`<tr><th scope="row">${title}</th>${columns.map((each) => html`<td>${cell(each)}</td>`)}</tr>`;
  return html`<div class="scroll"><table class="images"><caption>${name}</caption>
<thead><tr><th scope="col">example</th>${columns.map(({ image }) => html`<th scope="col">${image.index}</th>`)}</tr></thead>
<tbody>${row('clean', ({ clean }) => clean)}${row('change', ({ change }) => change)}${row('attacked', ({ attacked }) => attacked)}
${row('answer', ({ verdict }) => verdict)}</tbody></table></div>`;
}

function column(image: EvaluationImage, bounds: readonly [number, number]) {
  const { clean, adversarial } = pixelsOf(image);
  const { shape, label, prediction, adversarialPrediction: answer, attack } = image;
  const largest = largestChange(clean, adversarial);
  const picture = (bytes: Uint8Array, alt: string) =>
    html`<img src="${dataUri(bytes)}" alt="${alt}" width="64" height="64">`;
  const by = attack === null ? 'not broken' : `broken by ${attack}`;
  const kind = answer === label ? 'held' : 'fooled';
  return {
    image,
    clean: picture(imagePng(clean, shape, bounds), `example ${image.index}, class ${label}`),
    change: picture(
      perturbationPng(clean, adversarial, shape, largest),
      `change of up to ${largest.toFixed(3)} a pixel`,
    ),
    attacked: picture(imagePng(adversarial, shape, bounds), `attacked, classified as ${answer}`),
    verdict: html`<span class="${kind}" title="label ${label}; ${by}">${prediction} → ${answer}</span>`,
  };
}
