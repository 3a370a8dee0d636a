// The command from its sources, in a process of its own: `node command.mjs train ...`. Tests kill it.
import { createServer, defaultServerConditions } from 'vite';

const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
});
const { main } = await server.ssrLoadModule(new URL('../src/cli.ts', import.meta.url).pathname);
process.exitCode = await main(process.argv.slice(2));
await server.close();
