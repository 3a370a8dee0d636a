// For tests of pages that are files: opens one in a headless chromium from file://, as a reader would.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { chromiumPath, switches } from './chromium';

/** A browser that opens files. */
export interface FilesInChromium {
  /** Opens a page in a tab of its own. */
  open(file: string): Promise<Page>;
  /** What pages have written on their console, what they threw, and what they asked for beside themselves. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts the browser. */
export async function filesInChromium(): Promise<FilesInChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'agoge-profile-'));
  const complaints: string[] = [];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    args: [...switches],
  });
  return {
    complaints,
    async open(file) {
      const page = await context.newPage();
      const address = pathToFileURL(file).href;
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith('data:') && url !== address) complaints.push(`asked for ${url}`);
      });
      await page.goto(address);
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
