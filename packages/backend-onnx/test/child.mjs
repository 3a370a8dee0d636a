// A program of the tests in a process of its own: `node child.mjs FILE FUNCTION ARGUMENTS-AS-JSON`. Prints its result as JSON.
import { createServer, defaultServerConditions } from 'vite';

const [file, name, json] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  // Our packages are read from their sources, as tests read them.
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
});
const { [name]: program } = await server.ssrLoadModule(file);
await server.close();
process.stdout.write(`\n${JSON.stringify(await program(JSON.parse(json)))}\n`);
