import type { EvaluationResult } from '../evaluation-result';
import { percent } from '../percent';
import { accuracyAfter, learnedBy } from '../summary-figures';
import { type Html, html } from './html';

/** The models side by side. */
export function summaryTable(results: readonly EvaluationResult[], color: (i: number) => string): Html {
  const left = results.map(accuracyAfter);
  const attacks = [...new Set(left.flatMap((each) => [...each.keys()]))];
  const anyLearned = results.some((each) => learnedBy(each) !== '');
  const rows = results.map((result, i) => {
    const { model, threat, n, cleanAccuracy, robustAccuracy, interval } = result;
    return html`<tr>
<th scope="row"><span class="swatch" style="background:${color(i)}"></span>${model.name}</th>
<td>${percent(cleanAccuracy)}</td>
<td><strong>${percent(robustAccuracy)}</strong><small>${percent(interval[0])} to ${percent(interval[1])}</small></td>
${attacks.map((name) => html`<td>${cell(left[i].get(name))}</td>`)}
${anyLearned ? html`<td>${learnedBy(result) || '–'}</td>` : ''}
<td>${threat.norm}, ${Number(threat.eps.toPrecision(4))}</td><td>${n}</td></tr>`;
  });
  return html`<div class="scroll"><table><caption>Fractions of the examples; robust with its 95 % interval</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Clean</th><th scope="col">Robust</th>
${attacks.map((name) => html`<th scope="col">after ${name}</th>`)}
${anyLearned ? html`<th scope="col">Learned</th>` : ''}<th scope="col">Norm, eps</th><th scope="col">n</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const cell = (accuracy: number | undefined) => (accuracy === undefined ? '–' : percent(accuracy));
