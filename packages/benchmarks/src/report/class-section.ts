import { type ClassFigures, classFigures, confusionOf } from '../class-figures';
import { percent } from '../percent';
import { accuracyBars } from './charts';
import type { Entry } from './entries';
import { type Html, html } from './html';
import { withInterval } from './summary';

/** More classes than a matrix can be read of, or a chart: then the least robust alone. */
const most = 20;

/** Each class by itself, and what its images were taken for. */
export function classSection(entries: readonly Entry[], names: readonly string[] = []): Html {
  const nameOf = (label: number) => names[label] ?? String(label);
  return html`<section id="classes"><h2>Classes</h2>
<p>Robustness is seldom even: a class may fall while the mean stands. Few images of a class make its interval wide. The matrix
counts the images of each class (rows) by the class that they were taken for (columns); what stands on the diagonal was right.</p>
${entries.map((entry) => ofModel(entry, nameOf))}</section>`;
}

function ofModel({ result, name, color, own }: Entry, nameOf: (label: number) => string): Html {
  const all = classFigures(result);
  const weakest = [...all].sort((a, b) => a.robust - b.robust || a.interval[1] - b.interval[1]);
  const shown = all.length > most ? weakest.slice(0, most) : all;
  const bars = shown.map((each) => ({ ...each, name: nameOf(each.label), color }));
  const what = shown.length < all.length ? `The ${most} least robust of ${all.length} classes` : 'By class';
  return html`<div class="${own}"><h3>${name}</h3><div class="pair">
<figure><figcaption>${what}: clean (pale), robust with its 95 % interval</figcaption>${accuracyBars(bars, `Accuracy by class, ${name}`)}</figure>
${result.data.classes > most ? '' : confusion(result, own, nameOf)}</div>
<details><summary>The same as a table</summary>${table(shown, nameOf)}</details></div>`;
}

function table(classes: readonly ClassFigures[], nameOf: (label: number) => string): Html {
  return html`<div class="scroll"><table class="sortable"><thead><tr><th scope="col">Class</th><th scope="col">Images</th>
<th scope="col">Clean</th><th scope="col">Robust</th><th scope="col">Most often taken for</th></tr></thead><tbody>${classes.map(
    ({ label, n, clean, robust, interval, takenFor }) => html`<tr><th scope="row">${nameOf(label)}</th><td>${n}</td>
<td>${percent(clean)}</td>${withInterval(robust, interval)}
<td data-value="${takenFor?.count ?? ''}">${takenFor ? `${nameOf(takenFor.label)}, ${takenFor.count}` : '–'}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Two matrices, of which a reader chooses one: under attack, unattacked. By style, without script. */
function confusion(result: Entry['result'], own: string, nameOf: (label: number) => string): Html {
  const kinds = [
    { kind: 'attacked', title: 'under attack', counts: confusionOf(result, true) },
    { kind: 'clean', title: 'unattacked', counts: confusionOf(result, false) },
  ];
  const group = `${own}-${result.threat.norm}-${result.threat.eps}-${result.run.seed}`;
  return html`<figure class="confusion"><figcaption>Taken for which class
<span class="switch" role="radiogroup" aria-label="Confusion">${kinds.map(
    ({ kind, title }, i) =>
      html`<label><input type="radio" name="confusion-${group}" value="${kind}"${i === 0 ? checked : ''}>${title}</label>`,
  )}</span></figcaption>${kinds.map(({ kind, title, counts }) => matrix(kind, title, counts, nameOf))}</figure>`;
}

const checked = html` checked`;

function matrix(
  kind: string,
  title: string,
  counts: readonly (readonly number[])[],
  nameOf: (label: number) => string,
): Html {
  const row = (own: readonly number[], label: number) => {
    const n = own.reduce((sum, each) => sum + each, 0);
    const cells = own.map((count, answer) => {
      const share = n === 0 ? 0 : count / n;
      const right = answer === label ? ' right' : '';
      const told = `class ${nameOf(label)} taken for ${nameOf(answer)}: ${count} of ${n}`;
      return html`<td class="cell${right}" style="--share:${Math.round(100 * share)}%" title="${told}">${count === 0 ? '' : count}</td>`;
    });
    return html`<tr><th scope="row">${nameOf(label)}</th>${cells}</tr>`;
  };
  return html`<div class="scroll ${kind}"><table class="matrix"><caption>${title}</caption>
<thead><tr><th scope="col"><span class="unseen">class, and what it was taken for</span></th>${counts.map(
    (_, answer) => html`<th scope="col">${nameOf(answer)}</th>`,
  )}</tr></thead><tbody>${counts.map(row)}</tbody></table></div>`;
}
