// Runs a function of ours in a process of its own, read from its sources as tests read them:
// `node program.mjs FILE EXPORT [ARGUMENT...]`.
import { createServer, defaultServerConditions } from 'vite';

const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
});
const [file, name, ...rest] = process.argv.slice(2);
const module = await server.ssrLoadModule(file);
await module[name](...rest);
await server.close();
