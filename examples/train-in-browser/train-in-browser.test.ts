import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppInChromium, type AppOptions, appInChromium, seriousFindings } from '../../scripts/app-in-chromium';
import { chromiumPath } from '../../scripts/chromium';

let app: AppInChromium;
afterEach(() => app?.close());

const folder = new URL('.', import.meta.url);
const inMode = (page: Page, mode: string) => page.waitForSelector(`body[data-mode=${mode}]`, { timeout: 120_000 });
const text = (page: Page, id: string) => page.locator(`#${id}`).innerText();
const percent = async (page: Page, id: string) => Number.parseFloat(await text(page, id));
const stepOf = async (page: Page) => Number(/^step (\d+)/.exec(await text(page, 'pace'))?.[1] ?? 0);

async function open(options?: AppOptions): Promise<Page> {
  app = await appInChromium(folder, options);
  await inMode(app.page, 'ready');
  return app.page;
}

async function fill(page: Page, setup: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(setup)) {
    const field = page.locator(`#${name}`);
    if (['objective', 'activation'].includes(name)) await field.selectOption(value);
    else await field.fill(value);
  }
}

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  it('trains a network to stand, and gives its files', async () => {
    const page = await open();
    await fill(page, { epochs: '8' });
    await page.click('#act');
    await page.waitForFunction(`document.querySelector('#robust').textContent !== '–'`);
    const atFirst = await percent(page, 'robust');
    await inMode(page, 'finished');
    expect(await percent(page, 'robust')).toBeGreaterThan(atFirst + 30);
    await page.screenshot({ path: '/tmp/F-scratch/finished.png', fullPage: true });
    expect(app.complaints).toEqual([]);
    expect(app.elsewhere).toEqual([]);
  }, 240_000);
});
