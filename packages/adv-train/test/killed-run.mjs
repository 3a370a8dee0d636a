// Trains in a process of its own, which a test kills: `node killed-run.mjs BACKEND FOLDER`. Prints each step.
import { createServer, defaultServerConditions } from 'vite';

const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  // Our packages are read from their sources, as tests read them.
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
});
const { keptRun } = await server.ssrLoadModule(new URL('./kept-run.ts', import.meta.url).pathname);
await keptRun(process.argv[2], process.argv[3], (step) => process.stdout.write(`${step}\n`));
await server.close();
