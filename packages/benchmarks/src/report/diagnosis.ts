import type { Diagnosis } from '@agoge/attacks';
import type { Entry } from './entries';
import { type Html, html } from './html';

const words = { ok: 'no sign', warning: 'warning', 'not checked': 'not checked' } as const;
const order = ['warning', 'not checked', 'ok'] as const;
const figure = (value: number) => String(Number(value.toPrecision(3)));

/** What a diagnosis found, in words: warnings first, with what to do about them. */
export function diagnosisSection(entries: readonly Entry[], diagnoses: Readonly<Record<string, Diagnosis>>): Html {
  const diagnosed = entries
    .filter(({ own }, i) => entries.findIndex((each) => each.own === own) === i)
    .flatMap(({ result: { model }, own }) =>
      Object.hasOwn(diagnoses, model.name) ? [ofModel(model.name, own, diagnoses[model.name])] : [],
    );
  if (diagnosed.length === 0) return html``;
  return html`<section id="diagnosis"><h2>Diagnosis</h2>
<p>Ways in which a robust accuracy can be an illusion, looked for one by one. No sign of them is no proof that there is none.</p>
${diagnosed}</section>`;
}

function ofModel(name: string, own: string, { checks, examples }: Diagnosis): Html {
  const sorted = order.flatMap((verdict) => checks.filter((check) => check.verdict === verdict));
  const count = checks.filter(({ verdict }) => verdict === 'warning').length;
  return html`<div class="${own}"><h3>${name}</h3>
<p>${count === 0 ? 'No check warns' : `${count} of ${checks.length} checks warn${count === 1 ? 's' : ''}`}, on ${examples} images.</p>
<ul class="checks">${sorted.map(
    ({
      name: check,
      verdict,
      says,
      measured,
      threshold,
      source,
      remedy,
    }) => html`<li class="${verdict.replace(' ', '-')}">
<p><strong>${check}</strong> <span class="verdict">${words[verdict]}</span></p>
<p>${says}</p>
${remedy === null ? '' : html`<p>${remedy}</p>`}
${
  measured === null
    ? ''
    : html`<p class="soft">measured ${figure(measured)}, warns above ${figure(threshold)} (${source})</p>`
}</li>`,
  )}</ul></div>`;
}
