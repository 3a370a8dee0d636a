// For tests in a browser: bundles a module, serves it to a headless chromium and calls what it exports.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';

/** The chromium of this machine: `$AGOGE_CHROMIUM`, else the one on the path; `undefined` where there is none. */
export const chromiumPath = [env.AGOGE_CHROMIUM, ...['chromium', 'chromium-browser', 'google-chrome'].map(which)].find(
  (path) => path !== undefined && existsSync(path),
);

function which(command: string): string | undefined {
  try {
    return execFileSync('which', [command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** A module that runs in a browser. */
export interface InChromium<Module> {
  /** Calls an exported function there; its arguments travel as JSON. */
  call<Name extends keyof Module & string>(
    name: Name,
    ...args: Module[Name] extends (...args: infer Args) => unknown ? Args : never
  ): Promise<Module[Name] extends (...args: never) => infer Result ? Awaited<Result> : never>;
  /** What the page has written on its console. */
  readonly console: readonly string[];
  close(): Promise<void>;
}

/** On machines with and without a GPU the same: SwiftShader draws for WebGL and computes for WebGPU. No traffic of its own. */
export const switches: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/**
 * Opens a module of ours in chromium.
 *
 * @param source the module: TypeScript, bundled with its imports
 * @param folders what else the page may fetch: `{ '/wasm/': folder }`
 */
export async function inChromium<Module>(
  source: URL,
  folders: Readonly<Record<string, string>> = {},
): Promise<InChromium<Module>> {
  const folder = mkdtempSync(join(tmpdir(), 'agoge-chromium-'));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    await bundle(fileURLToPath(source), join(folder, 'page'));
    const { address, stop } = await serve({ '/': join(folder, 'page'), ...folders });
    undo.push(stop);
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath,
      args: [...switches],
    });
    undo.push(() => context.close());
    const page = await context.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    page.on('pageerror', (error) => lines.push(String(error)));
    await page.goto(address);
    return {
      console: lines,
      close,
      // As text, since Vitest rewrites the imports of functions.
      call: (name, ...args) =>
        page.evaluate(`import('/module.js').then((module) => module.${name}(...${JSON.stringify(args)}))`),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(entry: string, outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@agoge/source', ...defaultClientConditions] },
    build: {
      outDir,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'module.js' },
      },
    },
  });
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/**
 * Serves folders on a port of this machine.
 *
 * @param folders by the prefixes of their addresses: `{ '/wasm/': folder }`
 * @param headers of every answer
 */
export async function serve(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ address: string; stop(): void }> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async ({ url = '/' }, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const path = normalize(decodeURIComponent(new URL(url, 'http://page').pathname));
    if (path === '/')
      return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>Agoge</title>');
    const prefix = prefixes.find((each) => path.startsWith(each)) ?? '/';
    try {
      const bytes = await readFile(join(folders[prefix], path.slice(prefix.length)));
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
