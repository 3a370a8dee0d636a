import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Our packages are read from their sources, so tests need no build; tfjs comes from node_modules as Node loads it.
  ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/**/*.test.ts',
      'packages/*/bench/*.test.mjs',
      'scripts/*.test.mjs',
    ],
    // One process per file: a test file picks its backend, and tfjs keeps it in a global.
    globalSetup: 'scripts/say-what-is-skipped.mjs',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js in Node.js'),
  },
});
