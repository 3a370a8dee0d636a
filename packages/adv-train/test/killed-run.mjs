// Trains in a process of its own, which a test kills: `node killed-run.mjs FOLDER`. Prints each step.
import { defaultServerConditions, runnerImport } from 'vite';

const { module } = await runnerImport(new URL('./kept-run.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
});
await module.keptRun(process.argv[2], (step) => process.stdout.write(`${step}\n`));
