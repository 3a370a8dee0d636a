import { readFile } from 'node:fs/promises';
import { pgdAttack, securityCurve } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { evaluate } from '@agoge/benchmarks';
import type { Classifier } from '@agoge/core';
import { digits, take } from '@agoge/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppInChromium, type AppOptions, appInChromium, seriousFindings } from '../../scripts/app-in-chromium';
import { chromiumPath, serve } from '../../scripts/chromium';
import { type AgogeModel, ofAgoge } from './src/engine/classifiers';
import config from './vite.config';

const folder = new URL('.', import.meta.url);
let app: AppInChromium;

const open = async (options?: AppOptions) => {
  app = await appInChromium(folder, options);
  await ready();
};
const patience = { timeout: 60_000 };
const ready = () => app.page.waitForSelector('body[data-ready]', patience);
const until = (condition: string) => app.page.waitForFunction(condition, undefined, patience);
const text = async (selector: string) => (await app.page.locator(selector).textContent()) ?? '';

describe.skipIf(!chromiumPath)('the playground (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  beforeAll(() => open(), 180_000);
  afterAll(() => app?.close());

  const set = (id: string, value: number) => app.page.locator(`#${id}`).fill(String(value));
  const verdict = async () => {
    await until(`/stands|falls|wrong|Stopped/.test(document.querySelector('#verdict').textContent)`);
    return text('#verdict');
  };
  const tensors = async () => Number(await text('#tensors'));

  it('says what it runs on: a thread, where the server says nothing of other origins', async () => {
    expect(await text('#backend-why')).toMatch(/^wasm \(.+, 1 thread\): the fastest that started$/);
    expect(await text('#trouble')).toBe('');
  });

  it('flips the verdict of the standard classifier at eps 0.2, and not that of the robust one', async () => {
    const before = await tensors();
    expect(await text('#left .says')).toMatch(/^reads 5/);
    expect(await text('#right .says')).toMatch(/^reads 5/);
    await app.page.focus('#run');
    await app.page.keyboard.press('Enter');
    expect(await verdict()).toMatch(/^The left one falls: .+ The right one stands: it still reads 5/);
    expect(await app.page.evaluate('document.activeElement.id')).toBe('run');
    await until(`document.querySelector('#step-shown').value === 'the end'`);
    expect(await text('#left .says')).not.toMatch(/^reads 5/);
    expect(await text('#right .says')).toMatch(/^reads 5/);
    expect(await tensors()).toBe(before);
  });

  it('shows the steps one by one', async () => {
    await app.page.locator('#step').fill('0');
    expect(await text('#left .says')).toMatch(/^reads 5/);
    expect(await app.page.locator('#step-shown').evaluate((each) => (each as HTMLOutputElement).value)).toBe('before');
    expect(Number(await app.page.locator('#step').getAttribute('max'))).toBeGreaterThan(4);
  });

  it('draws the curve that evaluate of @agoge/benchmarks measures', async () => {
    const [examples, steps] = [60, 10];
    await app.page.selectOption('#curve-examples', String(examples));
    await set('attack-length', steps);
    await app.page.click('#curve-run');
    await until(`/^Measured in/.test(document.querySelector('#curve-said').textContent)`);
    const rows = await app.page.locator('#curve-table tr').allTextContents();
    const cells = await app.page
      .locator('#curve-table tr')
      .evaluateAll((all) =>
        all.map((row) => [...row.children].map((cell) => Number.parseFloat(cell.textContent ?? ''))),
      );
    expect(rows).toHaveLength(12);

    await useBackend('wasm');
    const data = take(digits({ split: 'test' }), examples);
    for (const [column, name] of [
      [1, 'standard'],
      [2, 'robust-relu'],
    ] as const) {
      const f = await bundled(name);
      const attacksAt = (eps: number) => [pgdAttack({ eps, steps })];
      for (const eps of [0.1, 0.2]) {
        const { cleanAccuracy, robustAccuracy } = await evaluate(f, data, { attacks: attacksAt(eps) });
        const row = cells.find(([each]) => each === eps);
        expect(Math.abs(cells[1][column] - 100 * cleanAccuracy)).toBeLessThan(0.5);
        expect(Math.abs((row?.[column] ?? Number.NaN) - 100 * robustAccuracy)).toBeLessThan(0.5);
      }
      const curve = await securityCurve(f, data, attacksAt, [0.05, 0.1, 0.15, 0.2]);
      const shown = cells.slice(2, 6).map((row) => row[column] / 100);
      for (const [i, { accuracy }] of curve.entries()) expect(shown[i]).toBeCloseTo(accuracy, 2);
    }
  }, 180_000);

  it('answers while it attacks', async () => {
    const { page } = app;
    const before = await tensors();
    await page.selectOption('#attack-name', 'boundary');
    await set('attack-length', 10_000);
    await page.evaluate('globalThis.ticks = 0; setInterval(() => ticks++, 10)');
    await page.click('#run');
    await until(`Number(document.querySelector('#step').max) > 5`);
    await page.click('input[value="draw"]');
    expect(await page.isVisible('#drawing')).toBe(true);
    await page.click('input[value="digits"]');
    await set('attack-eps', 2);
    expect(await text('#eps-shown')).toBe('2');
    // The worker answers as well: at the next step.
    await page.selectOption('#activation-name', 'relu');
    await until(`/^Has a kink/.test(document.querySelector('#activation-said').textContent)`);
    await until('ticks > 20');
    expect(await text('#verdict')).toBe('Attacking …');
    await page.focus('#stop');
    await page.keyboard.press('Enter');
    expect(await verdict()).toBe('Stopped.');
    await until(`document.querySelector('#tensors').textContent === '${before}'`);
  }, 120_000);

  it('stops at once and gives the tensors back', async () => {
    const before = await tensors();
    await app.page.selectOption('#attack-name', 'boundary');
    await set('attack-length', 10_000);
    await app.page.click('#run');
    await until(`Number(document.querySelector('#step').max) > 5`);
    await app.page.click('#stop');
    expect(await verdict()).toBe('Stopped.');
    await until(`document.querySelector('#tensors').textContent === '${before}'`);
    expect(await app.page.isEnabled('#run')).toBe(true);

    await app.page.selectOption('#attack-name', 'pgd');
    await set('attack-length', 400);
    // As soon as there is a point, so that the next, of many steps, has hardly begun.
    await app.page.evaluate(`new MutationObserver((_, observer) => {
      if (document.querySelectorAll('#curve-table tr').length < 3) return;
      observer.disconnect();
      document.querySelector('#curve-stop').click();
    }).observe(document.querySelector('#curve-table'), { childList: true })`);
    await app.page.click('#curve-run');
    await until(`document.querySelector('#curve-said').textContent === 'Stopped'`);
    expect(await app.page.locator('#curve-table tr').count()).toBe(3);
    await until(`document.querySelector('#tensors').textContent === '${before}'`);
  }, 120_000);

  it('runs an attack of each kind: by scores, by labels, without a radius', async () => {
    await set('attack-length', 20);
    for (const [name, length] of [
      ['square', 50],
      ['hopSkipJump', 2],
      ['onePixel', 2],
      ['spatial', undefined],
      ['fmn', 10],
    ] as const) {
      await app.page.selectOption('#attack-name', name);
      if (length) await set('attack-length', length);
      await app.page.click('#run');
      expect(await verdict(), name).toMatch(/^The left one (falls|stands): .+ The right one (falls|stands): /);
    }
    await app.page.selectOption('#attack-name', 'pgd');
  }, 120_000);

  it('takes a drawing, by pointer and by keys, and a file', async () => {
    await app.page.click('input[value="draw"]');
    await app.page.locator('#drawing').focus();
    await app.page.keyboard.press('ArrowUp');
    await app.page.keyboard.press('Space');
    for (let i = 0; i < 12; i++) await app.page.keyboard.press(i < 6 ? 'ArrowDown' : 'ArrowUp');
    await app.page.keyboard.press('Space');
    await until(`document.querySelector('#right .clean').getAttribute('aria-label').includes('your drawing')`);
    // A stroke from top to bottom.
    expect(await text('#right .says')).toMatch(/^reads 1/);
    const picture = { name: 'white.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) };
    await app.page.click('input[value="file"]');
    await app.page.setInputFiles('#image-file', picture);
    await until(`document.querySelector('#left .clean').getAttribute('aria-label').includes('white.svg')`);
    await app.page.click('input[value="digits"]');
    await app.page.click('#digit-3');
  });

  it('opens a model of the user', async () => {
    await app.page.locator('.controls details').evaluate((each) => each.setAttribute('open', ''));
    const path = (name: string) => new URL(`public/models/robust-pssilu/${name}`, folder).pathname;
    await app.page.setInputFiles('#model-files', [path('model.json'), path('model.safetensors')]);
    await app.page.click('#model-open');
    await until(`/^Opened/.test(document.querySelector('#model-said').textContent)`);
    expect(await text('#model-said')).toBe('Opened: images 8 × 8 × 1, 10 classes. It is the one on the left.');
    const graph = await Promise.all(['model.json', 'group1-shard1of1.bin'].map(graphFile));
    await app.page.setInputFiles('#model-files', graph);
    await app.page.click('#model-open');
    await until(`!document.querySelector('#left .about').textContent.startsWith('25,868')`);
    expect(await text('#left .says')).toMatch(/^reads 5/);
    await app.page.selectOption('#left .which', 'standard');
  });

  it('bends activations', async () => {
    await app.page.selectOption('#activation-name', 'pssilu');
    const drawn = () => app.page.locator('#activation-plots svg').first().innerHTML();
    const before = await drawn();
    await app.page.locator('#activation-sliders input').first().fill('3');
    await until(`/^Bends by 1\\.50 at most/.test(document.querySelector('#activation-said').textContent)`);
    expect(await drawn()).not.toBe(before);
    const { pssilu } = JSON.parse(await readFile(new URL('public/models/learned.json', folder), 'utf8'));
    expect(await text('#activation-said')).toContain(
      `In 40 epochs of adversarial training it came to α = ${pssilu.learned.alpha.toFixed(3)}`,
    );
  });

  it.each(['light', 'dark'] as const)(
    'is accessible (%s), wide and narrow, without serious findings of axe',
    async (colorScheme) => {
      await app.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [1280, 390]) {
        await app.page.setViewportSize({ width, height: 900 });
        expect(await seriousFindings(app.page)).toEqual([]);
        const overflow = await app.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
      }
      await app.page.setViewportSize({ width: 1280, height: 900 });
    },
    120_000,
  );

  it.for(['webgpu', 'cpu'])(
    'starts another backend, in a worker of its own: %s',
    { timeout: 240_000 },
    async (name, { skip }) => {
      await app.page.selectOption('#backend', name);
      await until(
        `document.body.dataset.backend === '${name}' || document.querySelector('#trouble').textContent !== ''`,
      );
      const trouble = await text('#trouble');
      if (trouble !== '' && name === 'webgpu') skip(trouble);
      expect(trouble).toBe('');
      await app.page.waitForSelector('#run:enabled', patience);
      await app.page.click('#digit-3');
      await app.page.click('#run');
      expect(await verdict()).toMatch(/^The left one falls: .+ The right one stands: /);
    },
  );

  it('has complained of nothing and asked nobody else', () => {
    expect(app.complaints).toEqual([]);
    expect(app.elsewhere).toEqual([]);
  });
});

describe.skipIf(!chromiumPath)('a page of its own origin (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  const headers = config.preview?.headers as Record<string, string>;
  beforeAll(() => open({ headers }), 180_000);
  afterAll(() => app?.close());

  /** What the page says of a model's address. */
  const openFrom = async (url: string) => {
    const { page } = app;
    await page.locator('.controls details').evaluate((each) => each.setAttribute('open', ''));
    await page.locator('#model-url').fill(url);
    await page.locator('#model-url').press('Enter');
    await until(`!['', 'Opening …'].includes(document.querySelector('#model-said').textContent)`);
    return text('#model-said');
  };
  const opened = 'Opened: images 8 × 8 × 1, 10 classes. It is the one on the left.';

  it('opens a model by its address', async () => {
    const near = new URL('models/robust-pssilu/model.json', app.page.url()).href;
    expect(await openFrom(near)).toBe(opened);
    expect(app.elsewhere).toEqual([]);
    expect(app.complaints).toEqual([]);
  });

  it('opens one of another origin that gives leave, and asks nothing else of anybody', async () => {
    const models = { '/': new URL('../graph-model/model/', folder).pathname };
    const free = await serve(models, { 'Access-Control-Allow-Origin': '*' });
    const shut = await serve(models);
    try {
      expect(await openFrom(`${free.address}model.json`)).toBe(opened);
      const parts = ['model.json', 'group1-shard1of1.bin'].map((name) => free.address + name);
      expect(app.elsewhere).toEqual(parts);
      expect(app.complaints).toEqual([]);

      const refused = await openFrom(`${shut.address}model.json`);
      expect(refused).toContain(`${shut.address}model.json: no answer that this page may read`);
    } finally {
      free.stop();
      shut.stop();
    }
  });

  it('says which address is wrong, and goes on with the model that it had', async () => {
    const none = new URL('models/none/model.json', app.page.url()).href;
    expect(await openFrom(none)).toBe(`${none}: the server answers 404`);
    const page = new URL('index.html', app.page.url()).href;
    expect(await openFrom(page)).toContain(page);
    expect(await app.page.inputValue('#left .which')).toBe('yours');
    expect(await text('#left .says')).toMatch(/^reads 5/);
    await app.page.click('#run');
    await until(`/left one (falls|stands): /.test(document.querySelector('#verdict').textContent)`);
  });

  it('has threads', async () => {
    expect(await readFile(new URL('public/_headers', folder), 'utf8')).toBe(
      ['/*', ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n'),
    );
    // Half of the cores, as TensorFlow.js has it: of four, whatever this machine has.
    await app.page.route('**/worker-*.js', async (route) => {
      const script = await route.fetch();
      const cores = 'Object.defineProperty(navigator, "hardwareConcurrency", { value: 4 });';
      await route.fulfill({ response: script, body: `${cores}\n${await script.text()}` });
    });
    await app.page.reload();
    await ready();
    expect(await text('#backend-why')).toMatch(/^wasm \(.+, 2 threads\): /);
    await app.page.click('#run');
    await until(`/falls: .+ stands: /.test(document.querySelector('#verdict').textContent)`);
  });
});

describe.skipIf(!chromiumPath)('without a GPU (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  beforeAll(() => open({ webgpu: false }), 180_000);
  afterAll(() => app?.close());

  it('keeps the backend that runs where another does not start', async () => {
    const { page } = app;
    await page.selectOption('#backend', 'webgpu');
    await until(`document.querySelector('#trouble').textContent !== ''`);
    expect(await text('#trouble')).toBe('useBackend: webgpu did not start: there is no GPU that it can use');
    expect(await page.inputValue('#backend')).toBe('auto');
    expect(await text('#backend-why')).toMatch(/^wasm /);
    await page.click('#run');
    await until(`/stands|falls/.test(document.querySelector('#verdict').textContent)`);
    expect(app.complaints).toEqual([]);
  });
});

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="white"/></svg>';

async function graphFile(name: string) {
  const buffer = await readFile(new URL(`../graph-model/model/${name}`, folder));
  return { name, mimeType: 'application/octet-stream', buffer };
}

/** A classifier of the page, as the page makes it. */
async function bundled(name: string): Promise<Classifier> {
  const file = async (each: string) => new Uint8Array(await readFile(new URL(`public/models/${name}/${each}`, folder)));
  const description: AgogeModel = JSON.parse(new TextDecoder().decode(await file('model.json')));
  return (await ofAgoge(name, description, file)).classifier;
}
