import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyseShape } from '@agoge/activations';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../../../../scripts/chromium';
import { type FilesInChromium, filesInChromium } from '../../../../scripts/page-in-chromium';
import type { EvaluationResult } from '../evaluation-result';
import { soundResult } from '../gate/gate.fixture';
import { leaderboard } from '../leaderboard/leaderboard';
import { leaderboardPage } from '../leaderboard/leaderboard-page';
import { papers } from '../reproduce/papers';
import { resultFixture } from '../result.fixture';
import { writeReport } from './report';

const named = (name: string, robust: number, eps = 0.1, changes: Partial<EvaluationResult> = {}) =>
  soundResult({ n: 100, robust }, { model: { name }, threat: { norm: 'linf', eps }, ...changes });

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  let browser: FilesInChromium;
  let folder: string;
  const open = async (name: string, text: string): Promise<Page> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return browser.open(file);
  };
  /** The first cells of a table's rows that can be seen. */
  const column = (page: Page, table: string, at = 0) =>
    page.evaluate(
      ([selector, cell]) =>
        [...document.querySelectorAll<HTMLTableRowElement>(`${selector} tbody tr:not(.group)`)]
          .filter((row) => row.checkVisibility())
          // biome-ignore lint/performance/useDomNodeTextContent: what is seen, without what is hidden.
          .map((row) => row.cells[cell].innerText.split('\n')[0].trim()),
      [table, at] as const,
    );

  beforeAll(async () => {
    browser = await filesInChromium();
    folder = await mkdtemp(join(tmpdir(), 'agoge-pages-'));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('the report opens without a word, sorts by mouse and keyboard, and fits a phone', async () => {
    const results = [named('middle', 50), named('weak', 20), named('strong', 80), named('strong', 60, 0.2)];
    const activations = [{ name: 'relu', shape: await analyseShape('relu', { from: -1, to: 1, points: 3 }) }];
    const images = { images: resultFixture().images };
    const page = await open(
      'report.html',
      await writeReport([{ ...results[0], ...images }, ...results.slice(1)], { activations }),
    );
    const models = () => column(page, '#summary table');
    expect(await models()).toEqual(['middle', 'weak', 'strong, eps 0.1', 'strong, eps 0.2']);
    const robust = page.getByRole('button', { name: 'Robust' });
    await robust.click();
    expect(await models()).toEqual(['strong, eps 0.1', 'strong, eps 0.2', 'middle', 'weak']);
    await robust.focus();
    await page.keyboard.press('Enter');
    expect(await models()).toEqual(['weak', 'middle', 'strong, eps 0.2', 'strong, eps 0.1']);
    expect(await page.locator('#summary [aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    expect(await models()).toEqual(['middle', 'strong, eps 0.1', 'strong, eps 0.2', 'weak']);

    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(browser.complaints).toEqual([]);
  });

  it('the report hides a model and shows the other matrix, by keyboard too; on paper all is there', async () => {
    const page = await open('toggles.html', await writeReport([named('a', 50), named('b', 20)]));
    const shown = (selector: string) =>
      page.evaluate(
        (each) => [...document.querySelectorAll(each)].filter((found) => found.checkVisibility()).length,
        selector,
      );
    expect(await shown('#attacks h3')).toBe(2);
    await page.getByRole('checkbox', { name: 'b' }).focus();
    await page.keyboard.press('Space');
    expect([await shown('#attacks h3'), await shown('#classes h3'), await shown('#summary tbody tr')]).toEqual([
      1, 1, 2,
    ]);

    expect([await shown('.attacked'), await shown('.clean')]).toEqual([1, 0]);
    await page.getByRole('radio', { name: 'under attack' }).first().focus();
    await page.keyboard.press('ArrowRight');
    expect([await shown('.attacked'), await shown('.clean')]).toEqual([0, 1]);
    await page.emulateMedia({ media: 'print' });
    expect([await shown('.attacked'), await shown('.clean'), await shown('.toggles, nav')]).toEqual([1, 1, 0]);
    expect(browser.complaints).toEqual([]);
  });

  it('is dark where the reader is, and its text can be read: a contrast of 4.5 at least', async () => {
    const page = await open('dark.html', await writeReport([named('a', 50), resultFixture()]));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const paper = await luminance(page, getProperty('background-color'));
      expect(paper > 0.5).toBe(colorScheme === 'light');
      for (const selector of ['body', '.lead', '.warnings', '.tag.bad', 'thead th', 'nav a', 'figcaption']) {
        const [front, back] = [
          await luminance(page, getProperty('color', selector)),
          await luminance(page, backOf(selector)),
        ];
        const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        expect([selector, colorScheme, contrast >= 4.5]).toEqual([selector, colorScheme, true]);
      }
    }
  });

  it('the board opens without a word, sorts within a protocol, and hides the published and the refused', async () => {
    const published = {
      ...{
        name: 'theirs',
        authors: null,
        link: null,
        venue: null,
        architecture: null,
        dataset: 'digits',
        footnote: null,
      },
      ...{
        additionalData: false,
        parameters: 1e6,
        cleanAccuracy: 0.9,
        autoAttackAccuracy: 0.7,
        externalAccuracy: null,
      },
      ...{ reported: null, unreliable: false, threat: { norm: 'linf' as const, eps: 0.1 } },
    };
    const refused = named('refused', 99);
    const dataNames = { [refused.data.hash]: 'digits' };
    const board = leaderboard([named('a', 40), named('b', 60), refused], { published: [published], dataNames });
    const page = await open('board.html', leaderboardPage(board));
    const names = () => column(page, '.board', 1);
    expect(await names()).toEqual(['b', 'a', 'refused', 'theirs']);
    await page.getByRole('button', { name: 'Model' }).click();
    expect(await names()).toEqual(['a', 'b', 'refused', 'theirs']);
    await page.getByRole('button', { name: 'Rank' }).click();
    await page.getByRole('button', { name: 'Rank' }).click();
    expect(await names()).toEqual(['b', 'a', 'refused', 'theirs']);
    await page.getByRole('checkbox', { name: 'published models' }).uncheck();
    expect(await names()).toEqual(['b', 'a', 'refused']);
    await page.getByRole('checkbox', { name: 'results without a rank' }).press('Space');
    expect(await names()).toEqual(['b', 'a']);
    expect(browser.complaints).toEqual([]);
  });

  it.each(Object.keys(papers))('the account of %s opens without a word, and fits a phone', async (paper) => {
    const page = await browser.open(fileURLToPath(new URL(`../../reproductions/${paper}/small.html`, import.meta.url)));
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await page.getByRole('rowheader').count()).toBeGreaterThan(5);
    expect(browser.complaints).toEqual([]);
  });
});

/** An expression that gives a colour. */
const getProperty = (name: string, selector = 'body') =>
  `getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${name}')`;

/** The first ground below an element that is not transparent. */
const backOf = (selector: string) => `(() => {
  for (let at = document.querySelector('${selector}'); at; at = at.parentElement) {
    const found = getComputedStyle(at).backgroundColor;
    if (found !== 'rgba(0, 0, 0, 0)') return found;
  }
})()`;

/** Relative luminance, as WCAG has it. */
async function luminance(page: Page, expression: string): Promise<number> {
  const text = await page.evaluate<string>(expression);
  const linear = (text.match(/[\d.]+/g) ?? []).slice(0, 3).map((each) => {
    const value = Number(each) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
