// For end-to-end tests: builds an example's web app as its own `vite.config.ts` says and opens it in a headless chromium.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { chromiumPath, serve, switches } from './chromium';

export interface AppOptions {
  colorScheme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
  reducedMotion?: 'reduce' | 'no-preference';
  /** Of every answer of the server; none, as of any that serves files. */
  headers?: Readonly<Record<string, string>>;
  /** Whether WebGPU computes on SwiftShader, or finds nothing to compute on. Default true. */
  webgpu?: boolean;
}

/** A web app that is open in a browser. */
export interface AppInChromium {
  readonly page: Page;
  /** Warnings and errors of its console, and what it threw. */
  readonly complaints: readonly string[];
  /** Addresses outside of the app that it asked for. */
  readonly elsewhere: readonly string[];
  close(): Promise<void>;
}

/**
 * Builds an app and opens it below a path of a server, since a static build must not mind where it lies.
 *
 * @param folder of the app, with its `vite.config.ts`; our packages are read from their sources
 */
export async function appInChromium(
  folder: URL,
  { headers, webgpu = true, ...options }: AppOptions = {},
): Promise<AppInChromium> {
  const temporary = mkdtempSync(join(tmpdir(), 'agoge-app-'));
  const undo: (() => unknown)[] = [() => rmSync(temporary, { recursive: true, force: true })];
  const close = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const root = fileURLToPath(folder);
    await build({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'silent',
      resolve: { conditions: ['@agoge/source', ...defaultClientConditions] },
      build: { outDir: join(temporary, 'app') },
    });
    const { address, stop } = await serve({ '/some/where/': join(temporary, 'app') }, headers);
    undo.push(stop);
    const context = await chromium.launchPersistentContext(join(temporary, 'profile'), {
      executablePath: chromiumPath,
      args: switches.filter((each) => webgpu || each !== '--enable-unsafe-webgpu'),
      acceptDownloads: true,
      ...options,
    });
    undo.push(() => context.close());
    const [complaints, elsewhere]: string[][] = [[], []];
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    const ours = `${address}some/where/`;
    context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(ours) && !/^(blob|data):/.test(url)) elsewhere.push(url);
    });
    await page.goto(`${ours}index.html`);
    return { page, complaints, elsewhere, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What axe-core finds on the page as it stands that is serious or critical, each with the elements that it is about. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  // As text, since Vitest rewrites functions.
  const found: { id: string; impact: string; targets: string[] }[] = await page.evaluate(`axe.run().then((result) =>
    result.violations.map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map(({ target }) => target.join(' ')) })))`);
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, targets }) => `${id} (${impact}): ${targets.join(', ')}`);
}
