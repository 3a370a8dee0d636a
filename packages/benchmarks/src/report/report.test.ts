import '@tensorflow/tfjs-backend-cpu';
import { createHash } from 'node:crypto';
import { analyseShape } from '@agoge/activations';
import type { Check, Diagnosis } from '@agoge/attacks';
import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type EvaluationResult, writeResult } from '../evaluation-result';
import { soundResult } from '../gate/gate.fixture';
import { resultFixture } from '../result.fixture';
import { html } from './html';
import { imagePng, perturbationPng } from './images';
import { writeReport } from './report';
import { sortTables, sortTablesHash } from './sort-tables';

const epoch = { loss: 1, accuracy: 0.5, learningRate: 0.1, seconds: 1 };
const history = {
  epochs: [
    { epoch: 0, ...epoch },
    { epoch: 1, ...epoch, loss: 0.5, cleanAccuracy: 0.75, robustAccuracy: 0.5 },
  ],
};
const relu = { name: 'relu', shape: await analyseShape('relu', { from: -1, to: 1, points: 3 }) };

const check: Check = {
  name: 'zero gradients',
  verdict: 'warning',
  measures: 'share of examples without a gradient',
  measured: 0.25,
  threshold: 0,
  source: 'ours',
  says: 'A quarter has none.',
  remedy: 'Look for steps.',
};
const diagnosis: Diagnosis = {
  checks: [
    { ...check, name: 'random answers', verdict: 'ok', measured: 0, remedy: null, says: 'Two passes agree.' },
    check,
    {
      ...check,
      name: 'transfer',
      verdict: 'not checked',
      measured: null,
      remedy: null,
      says: 'There is no surrogate.',
    },
  ],
  examples: 4,
  passes: { forwards: 8, backwards: 4 },
};

const pageOf = (text: string) => parseHTML(text).document;
const textOf = (node: { textContent: string | null } | null) => node?.textContent?.replace(/\s+/g, ' ').trim();

describe('a page of two models', async () => {
  const standard = resultFixture({ model: { name: 'standard' }, robustAccuracy: 0.25, warnings: [] });
  const text = await writeReport([standard, resultFixture()], {
    title: 'Digits',
    histories: { 'at-pssilu': history },
    activations: [relu],
  });
  const page = pageOf(text);

  it('shows every figure in the table', () => {
    const rows = [...(page.querySelector('.scroll')?.querySelectorAll('tbody tr') ?? [])].map((row) =>
      [...row.children].map(textOf),
    );
    expect(rows).toEqual([
      [
        'standard not to be trusted',
        '75.0 %30.1 % to 95.4 %',
        '25.0 %15.0 % to 85.0 %',
        '50.0 %',
        '–',
        'linf, 0.1',
        '4',
      ],
      [
        'at-pssilu not to be trusted',
        '75.0 %30.1 % to 95.4 %',
        '50.0 %15.0 % to 85.0 %',
        '50.0 %',
        'alpha 1.500',
        'linf, 0.1',
        '4',
      ],
    ]);
  });

  it('shows what each attack did', () => {
    const table = [...page.querySelectorAll('table')].find((each) =>
      textOf(each.querySelector('caption'))?.startsWith('Met'),
    );
    const cells = [...(table?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.children].map(textOf));
    expect(cells).toEqual([['pgd', '3', '1', '1', '1', '50.0 %', '11.0', '10.0', '1.9']]);
  });

  it('draws bars, curves and activations, each described in words', () => {
    const spoken = [...page.querySelectorAll('[role=img]')].map((chart) => chart.getAttribute('aria-label'));
    expect(spoken).toEqual([
      'Accuracy by model. standard: clean 75.0 %, robust 25.0 %; at-pssilu: clean 75.0 %, robust 50.0 %.',
      'Of all images: wrong unattacked 25.0 %; broken by pgd 25.0 %; robust 25.0 %.',
      'Of all images: wrong unattacked 25.0 %; broken by pgd 25.0 %; robust 50.0 %.',
      'Accuracy by class, standard. 0: clean 100.0 %, robust 66.7 %; 1: clean 0.0 %, robust 0.0 %.',
      'Accuracy by class, at-pssilu. 0: clean 100.0 %, robust 66.7 %; 1: clean 0.0 %, robust 0.0 %.',
      'Training loss. At the end: at-pssilu 0.500.',
      'Training accuracy. At the end: at-pssilu 50.0 %.',
      'Validation: robust accuracy. At the end: at-pssilu 50.0 %.',
      'Validation: clean accuracy. At the end: at-pssilu 75.0 %.',
      'Value. At the end: relu 1.00.',
      'Slope. At the end: relu 1.00.',
      'Curvature. At the end: relu 0.00.',
    ]);
  });

  it('tells the shapes of activations in numbers', () => {
    const table = [...page.querySelectorAll('table')].find((each) =>
      textOf(each.querySelector('caption'))?.startsWith('Shapes'),
    );
    const cells = [...(table?.querySelectorAll('tbody tr') ?? [])].map((row) => [...row.children].map(textOf));
    expect(cells).toEqual([['relu', '0, x', 'x ≤ 0', '–', '∞ at 0', '0 to 1']]);
  });

  it('shows images with their words, warnings, the environment and the command', () => {
    const images = [...page.querySelectorAll('img')];
    expect(images).toHaveLength(6);
    for (const image of images) expect(image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    expect(images[0].getAttribute('alt')).toBe('example 2, class 0');
    expect(images[1].getAttribute('alt')).toBe('change of up to 0.100 a pixel');
    expect(textOf(page.querySelector('.fooled'))).toBe('0 → 1');
    expect(textOf(page.querySelector('.warnings'))).toContain('at-pssilu: with 4 examples');
    expect(textOf(page.querySelector('dl'))).toContain('Node 20.20.0');
    expect(textOf(page.querySelector('pre'))).toBe('agoge evaluate --model runs/at-pssilu --eps 0.1');
  });

  it('asks the network for nothing and runs nothing but what sorts tables', () => {
    expect(page.querySelectorAll('link, iframe, object, embed').length).toBe(0);
    expect([...page.querySelectorAll('script')].map((each) => each.textContent)).toEqual([sortTables.text]);
    expect(page.querySelector('meta[http-equiv]')?.getAttribute('content')).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${sortTablesHash}'`,
    );
    const addresses = [...text.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(([, address]) => address);
    for (const address of addresses) expect(address).toMatch(/^(data:|#)/);
  });

  it('is the same text again', async () => {
    const options = { title: 'Digits', histories: { 'at-pssilu': history }, activations: [relu] };
    expect(await writeReport([standard, resultFixture()], options)).toBe(text);
  });
});

it('escapes every text of a result', async () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
  const fixture = resultFixture();
  const everywhere = JSON.parse(
    JSON.stringify(fixture, (key, value) =>
      typeof value === 'string' && !['schema', 'clean', 'adversarial'].includes(key) ? hostile : value,
    ),
  ) as EvaluationResult;
  const text = await writeReport([everywhere], {
    title: hostile,
    histories: {
      [hostile]: { ...history, warnings: [{ code: 'x', message: hostile }] as never, stopped: hostile as never },
    },
    activations: [{ ...relu, name: hostile }],
    curves: [
      {
        name: hostile,
        norm: hostile,
        source: 'distances',
        points: [{ eps: 0, robust: 1, examples: 2, accuracy: 0.5 }],
      },
    ],
    diagnoses: {
      [hostile]: {
        ...diagnosis,
        checks: [{ ...check, name: hostile, says: hostile, remedy: hostile, source: hostile }],
      },
    },
    classNames: [hostile, hostile],
  });
  const page = pageOf(text);
  expect([page.querySelectorAll('script').length, page.querySelectorAll('[onerror]').length]).toEqual([1, 0]);
  expect([...page.querySelectorAll('img')].every((image) => image.getAttribute('src')?.startsWith('data:'))).toBe(true);
  expect(text).not.toContain('<script>alert');
  expect(textOf(page.querySelector('h1'))).toBe(hostile);
});

describe('what a page tells of more results', () => {
  it('draws accuracy over eps, with an interval at each, of results of several eps and of given curves', async () => {
    const sound = (eps: number, robust: number) => soundResult({ n: 50, robust }, { threat: { norm: 'linf', eps } });
    const given = { name: 'other', norm: 'l2', source: 'distances' as const };
    const points = [0, 1].map((eps) => ({ eps, robust: 5 - eps, examples: 10, accuracy: (5 - eps) / 10 }));
    const page = pageOf(await writeReport([sound(0.2, 10), sound(0.1, 20)], { curves: [{ ...given, points }] }));
    const curves = [...page.querySelectorAll('#curves [role=img]')];
    expect(curves.map((each) => each.getAttribute('aria-label'))).toEqual([
      'Robust accuracy over linf eps. At the end: at-pssilu 20.0 %.',
      'Robust accuracy over l2 eps. At the end: other 40.0 %.',
    ]);
    expect(curves[0].querySelectorAll('circle').length).toBe(3);
    expect(curves[0].querySelectorAll('[aria-label=area] path').length).toBe(1);
    const names = [...page.querySelectorAll('.cards h3')].map(textOf);
    expect(names).toEqual(['at-pssilu, eps 0.2', 'at-pssilu, eps 0.1']);
  });

  it('counts what each class was taken for, under attack and unattacked', async () => {
    const page = pageOf(await writeReport([soundResult({ n: 20, robust: 10 })], { classNames: ['zero', 'one'] }));
    const [attacked, clean] = ['.attacked', '.clean'].map((kind) =>
      [...page.querySelectorAll(`${kind} tbody tr`)].map((row) => [...row.children].map(textOf).join(' ').trim()),
    );
    expect(attacked[0].split(' ').filter(Boolean)).toEqual(['zero', '1', '1']);
    expect(clean[0].split(' ').filter(Boolean)).toEqual(['zero', '2']);
    expect(page.querySelector('.attacked td')?.getAttribute('title')).toBe('class zero taken for zero: 1 of 2');
    const rows = [...page.querySelectorAll('#classes details tbody tr')].map((row) => [...row.children].map(textOf));
    expect(rows[0]).toEqual(['zero', '2', '100.0 %', '50.0 %9.5 % to 90.5 %', 'one, 1']);
  });

  it('tells a diagnosis in words, warnings first', async () => {
    const page = pageOf(await writeReport([resultFixture()], { diagnoses: { 'at-pssilu': diagnosis } }));
    const items = [...page.querySelectorAll('.checks li')].map(textOf);
    expect(items).toEqual([
      'zero gradients warning A quarter has none. Look for steps. measured 0.25, warns above 0 (ours)',
      'transfer not checked There is no surrogate.',
      'random answers no sign Two passes agree. measured 0, warns above 0 (ours)',
    ]);
    expect(textOf(page.querySelector('#diagnosis'))).toContain('1 of 3 checks warns, on 4 images.');
  });

  it('marks a number that is not to be trusted, and tells shared facts once', async () => {
    const page = pageOf(await writeReport([resultFixture(), soundResult({}, { model: { name: 'sound' } })]));
    const tags = [...page.querySelectorAll('.cards li')].map((card) => card.querySelectorAll('.tag').length);
    expect(tags).toEqual([1, 0]);
    expect([...page.querySelectorAll('.warnings li')].map(textOf)).toEqual([
      expect.stringMatching(/^at-pssilu: not to be trusted: clean accuracy 75.0 % is not clearly above chance/),
      expect.stringMatching(/^at-pssilu: not to be trusted: no attack adapts its step size/),
      expect.stringMatching(/^at-pssilu: with 4 examples/),
    ]);
    const facts = [...page.querySelectorAll('#provenance dt')].map(textOf);
    expect(facts.filter((each) => each === 'Backend')).toHaveLength(1);
    expect(facts.filter((each) => each === 'Result')).toHaveLength(2);
    const hash = createHash('sha256').update(writeResult(resultFixture())).digest('hex');
    expect(textOf(page.querySelector('#provenance'))).toContain(hash);
  });
});

it('leaves out what it is not given', async () => {
  const page = pageOf(await writeReport([resultFixture({ images: [], warnings: [] })]));
  expect([...page.querySelectorAll('h2')].map(textOf)).toEqual([
    'Warnings',
    'Attacks',
    'Classes',
    'How it was measured',
  ]);
});

it('refuses what is no result, and images that are not their shape', async () => {
  await expect(writeReport([])).rejects.toThrow('writeReport: results must be a list of one result or more');
  await expect(writeReport([{}] as never)).rejects.toThrow('writeReport: results must be a list of one result or more');
  await expect(writeReport([resultFixture()], { titel: 'x' } as never)).rejects.toThrow('unknown option "titel"');
  const [image] = resultFixture().images;
  const cut = resultFixture({ images: [{ ...image, shape: [3, 2, 1] }] });
  await expect(writeReport([cut])).rejects.toThrow('image 2: clean: must hold 6 float32 values');
});

describe('images', () => {
  it('maps the bounds to black and white, and keeps three channels', () => {
    const grey = decode(imagePng(Float32Array.of(-1, 0, 1, 0.5), [2, 2, 1], [-1, 1]));
    expect([grey.channels, ...grey.data]).toEqual([1, 0, 128, 255, 191]);
    const colour = decode(imagePng(Float32Array.of(0, 0.2, 1), [1, 1, 3], [0, 1]));
    expect([colour.channels, ...colour.data]).toEqual([3, 0, 51, 255]);
  });

  it('draws a change red where brighter, blue where darker, near white where none', () => {
    const { data } = decode(
      perturbationPng(Float32Array.of(0.5, 0.5, 0.5), Float32Array.of(0.6, 0.4, 0.5), [1, 3, 1], 0.1),
    );
    expect([...data]).toEqual([178, 24, 43, 33, 102, 172, 247, 247, 247]);
  });
});

it('html escapes what is put in, in text and in attributes, and keeps markup', () => {
  expect(html`<p title="${`"'`}">${'<b> & '}${[html`<i>${1}</i>`, '>']}</p>`.text).toBe(
    '<p title="&quot;&#39;">&lt;b&gt; &amp; <i>1</i>&gt;</p>',
  );
});
