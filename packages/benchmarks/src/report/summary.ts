import type { EvaluationResult } from '../evaluation-result';
import { doubtsOf } from '../gate/doubts';
import { epsText, percent } from '../percent';
import { accuracyAfter, learnedBy } from '../summary-figures';
import { accuracyBars } from './charts';
import type { Entry } from './entries';
import { type Html, html } from './html';

/** More results than this are told by the table alone. */
const mostCards = 4;

/** The models side by side: in words, as a table, as bars. */
export function summary(entries: readonly Entry[]): Html {
  const bars = entries.map(({ name, color, result }) => {
    const { cleanAccuracy: clean, robustAccuracy: robust, interval } = result;
    return { name, color, clean, robust, interval };
  });
  return html`<section id="summary">${entries.length > mostCards ? '' : html`<ul class="cards">${entries.map(card)}</ul>`}
${table(entries)}
<div class="pair"><figure><figcaption>Pale: clean accuracy. Full: robust accuracy, with its 95 % interval.</figcaption>${accuracyBars(bars)}</figure>
<p class="soft">Robust accuracy is the share of images that stay correct under every attack that ran. It is an upper bound:
a stronger attack can only lower it. The interval tells what other images of the same kind would give under the same
attacks.</p></div></section>`;
}

/** A mark on a number that is not to be trusted; why, the warnings tell. */
function doubtTag(result: EvaluationResult): Html {
  return doubtsOf(result).length === 0 ? html`` : html`<a class="tag bad" href="#warnings">not to be trusted</a>`;
}

/** A result in words. */
function card({ result, name, color }: Entry): Html {
  const { n, cleanAccuracy, robustAccuracy, interval, threat, attacks } = result;
  const left = [...accuracyAfter(result).keys()];
  const first = attacks.reduce((most, each, i) => (each.newlyBroken > attacks[most].newlyBroken ? i : most), 0);
  const took = attacks[first]?.newlyBroken
    ? `${left[first]} took the most, ${attacks[first].newlyBroken} images.`
    : 'No attack broke an image.';
  return html`<li style="--own:${color}"><h3>${name} ${doubtTag(result)}</h3><p class="figure">${percent(robustAccuracy)}</p>
<p>of ${n} images stay right within ${threat.norm} eps ${epsText(threat.eps)}; on others like them
${percent(interval[0])} to ${percent(interval[1])} would. Unattacked ${percent(cleanAccuracy)} are right. ${took}</p></li>`;
}

function table(entries: readonly Entry[]): Html {
  const left = entries.map(({ result }) => accuracyAfter(result));
  const attacks = [...new Set(left.flatMap((each) => [...each.keys()]))];
  const anyLearned = entries.some(({ result }) => learnedBy(result) !== '');
  const rows = entries.map(({ result, name, color }, i) => {
    const { threat, n, cleanAccuracy, cleanInterval, robustAccuracy, interval } = result;
    return html`<tr>
<th scope="row"><span class="swatch" style="background:${color}"></span>${name} ${doubtTag(result)}</th>
${withInterval(cleanAccuracy, cleanInterval)}
${withInterval(robustAccuracy, interval, true)}
${attacks.map((each) => html`<td>${cell(left[i].get(each))}</td>`)}
${anyLearned ? html`<td class="wrap">${learnedBy(result) || '–'}</td>` : ''}
<td data-value="${threat.eps}">${threat.norm}, ${epsText(threat.eps)}</td><td>${n}</td></tr>`;
  });
  return html`<div class="scroll"><table class="sortable"><caption>Fractions of the examples, with their 95 % intervals</caption>
<thead><tr><th scope="col">Model</th><th scope="col">Clean</th><th scope="col">Robust</th>
${attacks.map((name) => html`<th scope="col">after ${name}</th>`)}
${anyLearned ? html`<th scope="col">Learned</th>` : ''}<th scope="col">Norm, eps</th><th scope="col">n</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** A cell of a fraction, its interval below it. */
export function withInterval(value: number, [low, high]: readonly [number, number], strong = false): Html {
  const text = percent(value);
  return html`<td data-value="${value}">${strong ? html`<strong>${text}</strong>` : text}<small>${percent(low)} to ${percent(high)}</small></td>`;
}

const cell = (accuracy: number | undefined) => (accuracy === undefined ? '–' : percent(accuracy));
