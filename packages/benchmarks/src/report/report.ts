import type { ActivationShape } from '@agoge/activations';
import type { History } from '@agoge/adv-train';
import { checkOptions, checkValue, object, type Rule, required, string } from '@agoge/core';
import type { EvaluationResult } from '../evaluation-result';
import { percent } from '../percent';
import type { Bar, Line, LineChartOptions } from './charts';
import { contributions } from './contributions';
import { type Html, html } from './html';
import { imageGrid } from './image-grid';
import { page } from './page';
import { shapeCells, shapeHeads } from './shape-text';
import { summaryTable } from './summary-table';

/** An activation to draw. */
export interface ActivationCurve {
  name: string;
  /** As `analyseShape` of `@agoge/activations` gives it. */
  shape: ActivationShape;
}

export interface ReportOptions {
  /** Default `Robust accuracy`. */
  title?: string;
  /** How each model was trained, by the name it has in its result. */
  histories?: Readonly<Record<string, History>>;
  /** Activations to draw, the learned ones among them. */
  activations?: readonly ActivationCurve[];
}

const resultList: Rule = {
  expected: 'a list of one result or more, as evaluate gives',
  test(value) {
    if (!Array.isArray(value) || !value.every((each) => each?.schema === 'agoge/evaluation@3')) return 'kind';
    return value.length > 0 ? 'ok' : 'range';
  },
};

const palette = 8;
const color = (i: number) => `var(--m${i % palette})`;

/**
 * Writes results as one HTML page: tables, bars with intervals, training curves, activation shapes, images, warnings, the
 * environment, and how to do it again. The page asks the network for nothing and runs no script (its content policy forbids
 * both); every text of a result is escaped. The charts are drawn by Observable Plot as SVG.
 *
 * @param results as {@link evaluate} gives or {@link readResult} reads them
 * @returns the page; the same for the same results
 * @throws TypeError for options; FormatError for images that are not what their shape says
 * @example
 * const page = await writeReport([standard, robust], { histories: { standard: history } });
 */
export async function writeReport(results: readonly EvaluationResult[], options: ReportOptions = {}): Promise<string> {
  checkValue('writeReport', 'results', results, required(resultList));
  checkOptions('writeReport', options, { title: string, histories: object, activations: object });
  const { title = 'Robust accuracy', histories = {}, activations = [] } = options;
  // Loaded here, so that a program that only evaluates loads no charts.
  const { accuracyBars, lineChart } = await import('./charts');

  const bars: Bar[] = results.map(({ model, cleanAccuracy, robustAccuracy, interval }, i) => ({
    name: results.findIndex((each) => each.model.name === model.name) === i ? model.name : `${model.name} (${i + 1})`,
    color: color(i),
    clean: cleanAccuracy,
    robust: robustAccuracy,
    interval,
  }));
  const chart = (caption: string, lines: readonly Line[], rest: Omit<LineChartOptions, 'description'>): Html => {
    if (lines.length === 0) return html``;
    const ends = lines.map(({ name, points }) => `${name} ${last(points, rest.fractions ? percent : plain)}`);
    const description = `${caption}. At the end: ${ends.join('; ')}.`;
    return html`<figure><figcaption>${caption}</figcaption>${lineChart(lines, { ...rest, description })}</figure>`;
  };

  return page(
    title,
    html`<h1>${title}</h1>
<p class="lead">${leadOf(results)}</p>
${summaryTable(results, color)}
<p class="soft">Robust accuracy is the share of images that stay correct under every attack that ran. It is an upper bound:
a stronger attack can only lower it.</p>
<figure><figcaption>Pale: clean accuracy. Full: robust accuracy, with its 95 % interval.</figcaption>${accuracyBars(bars)}</figure>
<h2>Attacks</h2>
<p>What each attack took, in order: an attack meets what those before it left standing, unless all were asked to meet all.</p>
${results.map((result, i) => contributions(result, bars[i].name))}
${warnings(results)}
${training(results, histories, chart)}
${shapes(activations, chart)}
${pictures(results)}
${surroundings(results)}`,
  );
}

type Chart = (caption: string, lines: readonly Line[], rest: Omit<LineChartOptions, 'description'>) => Html;

const plain = (value: number) => value.toPrecision(3);
const last = (points: Line['points'], write: (value: number) => string) => {
  const end = points.at(-1);
  return end ? write(end.y) : '–';
};

function leadOf(results: readonly EvaluationResult[]): string {
  const models = results.length === 1 ? 'One model' : `${results.length} models`;
  const threats = [...new Set(results.map(({ threat: { norm, eps } }) => `${norm} eps ${Number(eps.toPrecision(4))}`))];
  const n = [...new Set(results.map((each) => each.n))].join(' and ');
  return `${models}, ${n} images, attacked within ${threats.join(' and ')}.`;
}

function warnings(results: readonly EvaluationResult[]): Html {
  const items = results.flatMap(({ model, warnings: each }) =>
    each.map(({ code, message }) => html`<li><strong>${model.name}</strong>: ${message} <small>(${code})</small></li>`),
  );
  return items.length === 0 ? html`` : html`<h2>Warnings</h2><ul class="warnings">${items}</ul>`;
}

function training(
  results: readonly EvaluationResult[],
  histories: ReportOptions['histories'] = {},
  chart: Chart,
): Html {
  const trained = results.flatMap(({ model: { name } }, i) =>
    Object.hasOwn(histories, name) ? [{ name, color: color(i), epochs: histories[name].epochs }] : [],
  );
  if (trained.length === 0) return html``;
  const lines = (value: (epoch: History['epochs'][number]) => number | undefined, dashed = false): Line[] =>
    trained.flatMap(({ name, color: stroke, epochs }) => {
      const points = epochs.flatMap((each) => {
        const y = value(each);
        return y === undefined ? [] : [{ x: each.epoch + 1, y }];
      });
      return points.length === 0 ? [] : [{ name, color: stroke, points, dashed }];
    });
  const accuracy = { x: 'epoch', y: 'accuracy', fractions: true, whole: true };
  return html`<h2>Training</h2>
<p>Loss and accuracy are those of the training batches, for adversarially trained models on their attacked images. Validation
was watched meanwhile, on fewer images and under a weaker attack than in the table above.</p>
${legend(trained)}
<div class="pair">${chart(
    'Training loss',
    lines(({ loss }) => loss),
    { x: 'epoch', y: 'loss', whole: true },
  )}
${chart(
  'Training accuracy',
  lines((each) => each.accuracy),
  accuracy,
)}
${chart(
  'Validation: robust accuracy',
  lines(({ robustAccuracy }) => robustAccuracy),
  accuracy,
)}
${chart(
  'Validation: clean accuracy',
  lines(({ cleanAccuracy }) => cleanAccuracy),
  accuracy,
)}</div>`;
}

function shapes(activations: readonly ActivationCurve[], chart: Chart): Html {
  if (activations.length === 0) return html``;
  // Other colours than the first models': one activation may serve several.
  const own = (i: number) => color(i + palette / 2);
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
  return html`<h2>Activations</h2>
<p>An attacker follows the model's gradient; the slope of the activation is what that gradient is made of. Positive outputs on
negative inputs and a high but finite curvature are what Dai, Mahloujifar and Mittal (2021) found to help.</p>
<div class="scroll"><table><caption>Shapes as trained; 0⁻ and 0⁺: seen from the left and from the right</caption>
<thead><tr><th scope="col">Activation</th>${shapeHeads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
<div class="pair">${chart('Value', lines('y'), { x: 'x', y: 'f(x)' })}${chart('Slope', lines('dydx'), { x: 'x', y: 'f′(x)' })}
${chart('Curvature', lines('d2ydx2'), { x: 'x', y: 'f″(x)' })}</div>`;
}

function legend(entries: readonly { name: string; color: string }[]): Html {
  return html`<ul class="legend">${entries.map(
    (each) => html`<li><span class="swatch" style="background:${each.color}"></span>${each.name}</li>`,
  )}</ul>`;
}

function pictures(results: readonly EvaluationResult[]): Html {
  const grids = results.filter(({ images }) => images.length > 0).map(imageGrid);
  return grids.length === 0
    ? html``
    : html`<h2>Images</h2>
<p>What the attacks did to the first images. The change is drawn in red where a pixel grew brighter and in blue where it grew
darker, with the largest change in full colour. The answer is the model's before and after; red if it is wrong.</p>${grids}`;
}

function surroundings(results: readonly EvaluationResult[]): Html {
  const [{ run, data }] = results;
  const commands = [...new Set(results.flatMap(({ run: { command } }) => (command === undefined ? [] : [command])))];
  const facts: [string, string][] = [
    ['Backend', `${run.backend}, ${run.threads} thread${run.threads === 1 ? '' : 's'}`],
    ['Platform', `${run.platform}${run.node === null ? '' : `, Node ${run.node}`}`],
    ['Processor', `${run.cpus.model}, ${run.cpus.count} cores`],
    ['Seed, batch size', `${run.seed}, ${run.batchSize}`],
    ['Date', run.date],
    ['Data', `${data.examples} images of ${data.shape.join(' × ')}, ${data.classes} classes, sha256 ${data.hash}`],
    [
      'Versions',
      Object.entries(run.versions)
        .map((each) => each.join(' '))
        .join(', '),
    ],
    ...results.map(({ model, attacks, run: { seconds, examplesPerSecond } }): [string, string] => [
      model.name,
      `${attacks.map(({ name, options }) => `${name} ${JSON.stringify(options)}`).join(', then ')}; ${seconds.toFixed(1)} s, ${examplesPerSecond.toFixed(1)} images a second`,
    ]),
  ];
  return html`<h2>How it was measured</h2>
<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${commands.length === 0 ? '' : html`<p>To do it again:</p><pre><code>${commands.join('\n')}</code></pre>`}`;
}
