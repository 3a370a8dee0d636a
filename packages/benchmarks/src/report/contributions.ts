import type { EvaluationResult } from '../evaluation-result';
import { percent } from '../percent';
import { accuracyAfter } from '../summary-figures';
import { type Html, html } from './html';

/** What each attack of a result did: a bar of all its examples, cut where each attack took its part, and the figures. */
export function contributions(result: EvaluationResult, name: string): Html {
  const { attacks, run, n, cleanAccuracy } = result;
  const after = [...accuracyAfter(result)];
  const rows = attacks.map(({ attempted, broken, newlyBroken, unique, forwards, backwards }, i) => {
    const each = (passes: number) => (attempted === 0 ? '–' : (passes / attempted).toFixed(1));
    return html`<tr><th scope="row">${after[i][0]}</th><td>${attempted}</td><td>${broken}</td><td>${newlyBroken}</td>
<td>${unique ?? '–'}</td><td>${percent(after[i][1])}</td><td>${each(forwards)}</td><td>${each(backwards)}</td>
<td>${run.attackSeconds[i].toFixed(1)}</td></tr>`;
  });
  const parts = [
    { what: 'wrong unattacked', share: 1 - cleanAccuracy },
    ...attacks.map(({ newlyBroken }, i) => ({ what: `broken by ${after[i][0]}`, share: newlyBroken / n })),
    { what: 'robust', share: result.robustAccuracy },
  ];
  return html`<h3>${name}</h3>
${bar(parts)}
<div class="scroll"><table><caption>Met, broken, broken by none before, by no other; accuracy left; passes for each image met</caption>
<thead><tr><th scope="col">Attack</th><th scope="col">Met</th><th scope="col">Broke</th><th scope="col">New</th>
<th scope="col">Alone</th><th scope="col">Left</th><th scope="col">Forwards</th><th scope="col">Backwards</th>
<th scope="col">Seconds</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const width = 440;
const height = 26;

/** Parts of a whole, side by side: the wrong in grey, what is robust in blue, the attacks between in paler and paler orange. */
function bar(parts: readonly { what: string; share: number }[]): Html {
  let at = 0;
  const last = parts.length - 1;
  const looks = parts.map(({ what, share }, i) => {
    const x = at;
    at += share * width;
    const fill = i === 0 ? 'var(--rule)' : i === last ? 'var(--m1)' : 'var(--m2)';
    const opacity = i === 0 || i === last ? 1 : (1 - (0.65 * (i - 1)) / Math.max(1, last - 1)).toFixed(2);
    return { x, fill, opacity, told: `${what} ${percent(share)}`, long: share * width };
  });
  const pieces = looks.map(
    ({ x, fill, opacity, told, long }) =>
      html`<rect x="${x.toFixed(1)}" width="${long.toFixed(1)}" height="${height}" fill="${fill}"
fill-opacity="${opacity}"><title>${told}</title></rect>`,
  );
  const key = looks.map(
    ({ fill, opacity, told }) =>
      html`<li><span class="swatch" style="background:${fill};opacity:${opacity}"></span>${told}</li>`,
  );
  const spoken = looks.map(({ told }) => told).join('; ');
  return html`<div class="share" role="img" aria-label="${`Of all images: ${spoken}.`}"><svg viewBox="0 0 ${width} ${height}"
preserveAspectRatio="none">${pieces}</svg></div><ul class="legend" aria-hidden="true">${key}</ul>`;
}
