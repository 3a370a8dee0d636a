import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-cpu';
import { digits } from '@agoge/datasets';
import { argMax, equal, io, mean, type Tensor, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppInChromium, type AppOptions, appInChromium, seriousFindings } from '../../scripts/app-in-chromium';
import { chromiumPath } from '../../scripts/chromium';

let app: AppInChromium | undefined;
afterEach(() => app?.close());

const folder = new URL('.', import.meta.url);
const inMode = (page: Page, mode: string) => page.waitForSelector(`body[data-mode=${mode}]`, { timeout: 120_000 });
const text = async (page: Page, id: string) => (await page.locator(`#${id}`).textContent()) ?? '';
const percent = async (page: Page, id: string) => Number.parseFloat(await text(page, id));
/** Until a run has made so many steps. */
const steps = (page: Page, count: number) =>
  page.waitForFunction(
    `Number(/^step (\\d+)/.exec(document.querySelector('#pace').textContent)?.[1]) >= ${count}`,
    undefined,
    { timeout: 120_000 },
  );

async function open(options?: AppOptions): Promise<AppInChromium & { page: Page }> {
  app = await appInChromium(folder, options);
  await inMode(app.page, 'ready');
  return app;
}

async function fill(page: Page, setup: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(setup)) {
    const field = page.locator(`#${name}`);
    if (['objective', 'activation'].includes(name)) await field.selectOption(value);
    else await field.fill(value);
  }
}

async function download(page: Page, name: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(`#files a[download="${name}"]`)]);
  return readFile(await file.path());
}

/** The share of the test digits that a model of TensorFlow.js's own layers reads rightly. */
async function accuracyOf(model: Buffer, weights: Buffer): Promise<number> {
  const { modelTopology, weightsManifest } = JSON.parse(model.toString());
  const weightData = new Uint8Array(weights).buffer;
  const loaded = await loadLayersModel(
    io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  );
  for await (const { x, shape, y } of digits({ split: 'test' }).batches({ batchSize: 360 })) {
    const share = tidy(() => {
      const logits = loaded.predict(tensor4d(x, shape)) as Tensor;
      return mean(equal(argMax(logits, 1), tensor1d(y, 'int32')));
    });
    return (await share.data())[0];
  }
  throw new Error('no batch');
}

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  it('trains a network to stand, shows how, and gives its files', async () => {
    const { page, complaints, elsewhere } = await open();
    await fill(page, { epochs: '3' });
    await page.click('#act');
    await page.waitForFunction(`document.querySelector('#robust').textContent !== '–'`);
    const atFirst = await percent(page, 'robust');
    await page.waitForSelector('#images li');
    expect(await page.locator('#images li').count()).toBe(8);
    // The page answers all the while.
    await page.evaluate('globalThis.ticks = 0; setInterval(() => ticks++, 10)');
    await page.setViewportSize({ width: 700, height: 900 });
    await page.waitForFunction(`Number(document.querySelector('#accuracy svg').getAttribute('width')) < 640`);
    await page.waitForFunction('ticks > 20');
    expect(await page.getAttribute('body', 'data-mode')).toBe('running');
    await inMode(page, 'finished');
    expect(await percent(page, 'robust')).toBeGreaterThan(atFirst + 25);
    expect(await page.locator('#accuracy svg').getAttribute('aria-label')).toMatch(/robust from \d+ % to \d+ %/);

    expect(
      await accuracyOf(await download(page, 'model.json'), await download(page, 'model.weights.bin')),
    ).toBeGreaterThan(0.85);
    const hash = createHash('sha256').update(await download(page, 'model.safetensors'));
    expect(await text(page, 'hash')).toBe(hash.digest('hex'));
    expect(await seriousFindings(page)).toEqual([]);
    expect([complaints, elsewhere]).toEqual([[], []]);
  }, 240_000);

  it('goes on after a reload in the middle to the weights of an unbroken run', async () => {
    const { page, complaints } = await open();
    const setup = { objective: 'trades', activation: 'pssilu', epochs: '2' };
    const outcome = () => Promise.all(['hash', 'status', 'loss', 'model-text'].map((id) => text(page, id)));
    await fill(page, setup);
    await page.click('#act');
    await inMode(page, 'finished');
    const unbroken = await outcome();
    expect(unbroken[3]).toMatch(/has learned .*alpha \d\.\d+, .*beta \d\.\d+\. .*@agoge\/activations\/register/);

    await page.click('#end');
    await inMode(page, 'ready');
    await fill(page, setup);
    await page.click('#act');
    await steps(page, 4);
    await page.click('#act'); // pauses
    await inMode(page, 'paused');
    await page.click('#act'); // goes on
    await steps(page, 27);
    await page.reload(); // in the second epoch, between two checkpoints
    await inMode(page, 'paused');
    expect(await page.inputValue('#objective')).toBe('trades');
    await page.click('#act');
    await inMode(page, 'finished');
    expect(await outcome()).toEqual(unbroken);

    await page.reload(); // what is finished stays as well
    await inMode(page, 'finished');
    expect(await outcome()).toEqual(unbroken);
    expect(complaints).toEqual([]);
  }, 240_000);

  it('ends at once by the keyboard, in the dark, on a phone, and holds no tensor afterwards', async () => {
    const options = { colorScheme: 'dark', reducedMotion: 'reduce', viewport: { width: 360, height: 740 } } as const;
    const { page, complaints, elsewhere } = await open(options);
    const tensors = await text(page, 'tensors');
    for (const objective of ['fgsmRs', 'standard', 'adversarialTraining']) {
      await fill(page, { objective });
      await page.focus('#epochs');
      await page.keyboard.press('Enter');
      await steps(page, 3);
      if (objective === 'fgsmRs') expect(await seriousFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.focus('#end');
      await page.keyboard.press('Enter');
      await inMode(page, 'ready');
      expect(await text(page, 'tensors')).toBe(tensors);
      expect(await page.evaluate('document.activeElement.id')).toBe('act');
    }
    await page.reload();
    await inMode(page, 'ready'); // nothing is kept
    expect([complaints, elsewhere]).toEqual([[], []]);
  }, 240_000);

  it('says what is wrong with a kept run that is damaged, and lets go of it', async () => {
    const { page } = await open();
    await page.evaluate(`new Promise((resolve, reject) => {
      const request = indexedDB.open('agoge-train-in-browser', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('values');
      request.onerror = reject;
      request.onsuccess = () => {
        const transaction = request.result.transaction('values', 'readwrite');
        transaction.objectStore('values').put(new TextEncoder().encode('{'), 'run.json');
        transaction.oncomplete = () => resolve(request.result.close());
      };
    })`);
    await page.reload();
    await inMode(page, 'failed');
    expect(await text(page, 'status')).toMatch(/^It failed: the kept run: /);
    await page.click('#end');
    await inMode(page, 'ready');
  }, 120_000);
});
