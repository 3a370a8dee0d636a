import { plural, sha256 } from '@agoge/core';
import { type EvaluationResult, writeResult } from '../evaluation-result';
import type { Entry } from './entries';
import { type Html, html } from './html';

type Fact = [name: string, value: string];

/** What was measured where, with which versions, of which bytes, and how to do it again. What all results share is told once. */
export async function provenance(entries: readonly Entry[]): Promise<Html> {
  const all = await Promise.all(entries.map(async ({ result }) => factsOf(result, await digest(result))));
  const shared = all[0].filter((fact) => all.every((facts) => facts.some((each) => each.join() === fact.join())));
  const isShared = (fact: Fact) => shared.some((each) => each.join() === fact.join());
  const commands = [
    ...new Set(entries.flatMap(({ result: { run } }) => (run.command === undefined ? [] : [run.command]))),
  ];
  return html`<section id="provenance"><h2>How it was measured</h2>
${list(shared)}
${entries.map(({ name, own }, i) => html`<div class="${own}"><h3>${name}</h3>${list(all[i].filter((fact) => !isShared(fact)))}</div>`)}
${commands.length === 0 ? '' : html`<p>To do it again:</p><pre><code>${commands.join('\n')}</code></pre>`}</section>`;
}

const list = (facts: readonly Fact[]) =>
  html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

/** Of the result's file; pages that are not served safely cannot compute it. */
async function digest(result: EvaluationResult): Promise<string | undefined> {
  return globalThis.crypto?.subtle ? await sha256(writeResult(result)) : undefined;
}

function factsOf({ run, data, attacks, model, setup }: EvaluationResult, hash: string | undefined): Fact[] {
  const { weights } = model as { weights?: { sha256?: unknown } | null };
  const facts: [string, string | undefined][] = [
    ['Backend', `${run.backend}, ${plural(run.threads, 'thread')}`],
    ['Platform', `${run.platform}${run.node === null ? '' : `, Node ${run.node}`}`],
    ['Processor', `${run.cpus.model}, ${plural(run.cpus.count, 'core')}`],
    [
      'Versions',
      Object.entries(run.versions)
        .map((each) => each.join(' '))
        .join(', '),
    ],
    ['Data', `${data.examples} images of ${data.shape.join(' × ')}, ${data.classes} classes, sha256 ${data.hash}`],
    ['Attacks', attacks.map(({ name, options }) => `${name} ${JSON.stringify(options)}`).join(', then ')],
    ['Part', run.shard && `${run.shard.number} of ${run.shard.count}, of ${run.shard.examples} images`],
    ['Put together', run.parts && `of ${run.parts.length} parts`],
    ['Seed, batch size', `${run.seed}, ${run.batchSize}`],
    ['Weights file', typeof weights?.sha256 === 'string' ? `sha256 ${weights.sha256}` : undefined],
    ['Weights', setup?.model.weights ? `sha256 ${setup.model.weights}` : undefined],
    ['Result', hash && `sha256 ${hash}`],
    ['Took', `${run.seconds.toFixed(1)} s, ${run.examplesPerSecond.toFixed(1)} images a second`],
    ['Date', run.date],
  ];
  return facts.filter((fact): fact is Fact => fact[1] !== undefined);
}
