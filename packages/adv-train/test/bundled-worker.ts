import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, defaultServerConditions } from 'vite';

const own = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The worker's program and the models as JavaScript: Node does not read our sources. */
export interface BundledWorker {
  worker: URL;
  models: URL;
  remove(): Promise<void>;
}

/** Bundles them into a folder from which tfjs is found. */
export async function bundledWorker(): Promise<BundledWorker> {
  const folder = await mkdtemp(own('node_modules/.agoge-worker-'));
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@agoge/source', ...defaultServerConditions] },
    ssr: { noExternal: [/^@agoge\//], resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: { worker: own('src/node/training-worker.ts'), models: own('test/worker-models.ts') },
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  const urlOf = (file: string) => pathToFileURL(join(folder, file));
  return {
    worker: urlOf('worker.mjs'),
    models: urlOf('models.mjs'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
