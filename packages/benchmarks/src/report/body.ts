import type { History } from '@agoge/adv-train';
import type { Diagnosis } from '@agoge/attacks';
import { type EpsCurve, epsCurves } from '../eps-curves';
import type { EvaluationResult } from '../evaluation-result';
import { doubtsOf } from '../gate/doubts';
import { epsText } from '../percent';
import { accuracyOverEps } from './accuracy-over-eps';
import { type ActivationCurve, activationShapes } from './activation-shapes';
import { classSection } from './class-section';
import { contributions } from './contributions';
import { diagnosisSection } from './diagnosis';
import { type Entry, entriesOf } from './entries';
import { type Html, html } from './html';
import { imageGrid } from './image-grid';
import { modelToggles } from './legend';
import { provenance } from './provenance';
import { summary } from './summary';
import { trainingCurves } from './training-curves';

/** What a report may tell beside its results. */
export interface ReportParts {
  title: string;
  histories: Readonly<Record<string, History>>;
  activations: readonly ActivationCurve[];
  curves: readonly EpsCurve[];
  diagnoses: Readonly<Record<string, Diagnosis>>;
  classNames?: readonly string[];
}

/** All of a report; sections without anything to tell are left out. */
export async function reportBody(results: readonly EvaluationResult[], parts: ReportParts): Promise<Html> {
  const entries = entriesOf(results);
  const sections: [title: string, section: Html][] = [
    ['Warnings', warnings(entries)],
    ['Accuracy over eps', accuracyOverEps([...epsCurves(results), ...parts.curves], entries)],
    ['Attacks', attacks(entries)],
    ['Classes', classSection(entries, parts.classNames)],
    ['Images', pictures(entries)],
    ['Diagnosis', diagnosisSection(entries, parts.diagnoses)],
    ['Training', trainingCurves(entries, parts.histories)],
    ['Activations', activationShapes(parts.activations)],
    ['How it was measured', await provenance(entries)],
  ];
  const told = sections.filter(([, section]) => section.text !== '');
  const idOf = ({ text }: Html) => /^<section id="([\w-]+)"/.exec(text)?.[1] ?? '';
  return html`<header><h1>${parts.title}</h1>
<p class="lead">${leadOf(results)}</p>
<nav aria-label="Sections"><ul>${told.map(([title, section]) => html`<li><a href="#${idOf(section)}">${title}</a></li>`)}</ul></nav></header>
${summary(entries)}
${modelToggles(entries)}
${told.map(([, section]) => section)}`;
}

function leadOf(results: readonly EvaluationResult[]): string {
  const count = new Set(results.map(({ model }) => model.name)).size;
  const norms = [...new Set(results.map(({ threat }) => threat.norm))];
  const threats = norms.map((norm) => {
    const sizes = results.flatMap(({ threat }) => (threat.norm === norm ? [threat.eps] : []));
    return `${norm} eps ${listed([...new Set(sizes)].sort((a, b) => a - b).map(epsText))}`;
  });
  const n = listed([...new Set(results.map((each) => String(each.n)))]);
  return `${count === 1 ? 'One model' : `${count} models`}, ${n} images, attacked within ${listed(threats)}.`;
}

/** `a, b and c`. */
const listed = (words: readonly string[]) =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' and ');

/** What speaks against a number first, then what makes it doubtful. */
function warnings(entries: readonly Entry[]): Html {
  const items = entries.flatMap(({ result, name, own }) => {
    const doubts = doubtsOf(result);
    const minor = result.warnings.filter(({ code }) => !doubts.some((each) => each.code === code));
    const item = ({ code, message }: { code: string; message: string }, mark: Html) =>
      html`<li class="${own}"><strong>${name}</strong>: ${mark}${message} <small>(${code})</small></li>`;
    return [
      ...doubts.map((each) => item(each, html`<strong>not to be trusted</strong>: `)),
      ...minor.map((each) => item(each, html``)),
    ];
  });
  return items.length === 0
    ? html``
    : html`<section id="warnings"><h2>Warnings</h2><ul class="warnings">${items}</ul></section>`;
}

function attacks(entries: readonly Entry[]): Html {
  return html`<section id="attacks"><h2>Attacks</h2>
<p>What each attack took, in order: an attack meets what those before it left standing, unless all were asked to meet all.</p>
${entries.map(({ result, name, own }) => html`<div class="${own}">${contributions(result, name)}</div>`)}</section>`;
}

function pictures(entries: readonly Entry[]): Html {
  const grids = entries
    .filter(({ result }) => result.images.length > 0)
    .map(({ result, name, own }) => html`<div class="${own}">${imageGrid(result, name)}</div>`);
  return grids.length === 0
    ? html``
    : html`<section id="images"><h2>Images</h2>
<p>What the attacks did to the first images. The change is drawn in red where a pixel grew brighter and in blue where it grew
darker, with the largest change in full colour. The answer is the model's before and after; red if it is wrong.</p>${grids}</section>`;
}
