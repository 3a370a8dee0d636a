import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

export default defineConfig({
  ...base('index', 'conformance', 'node'),
  // Stays an import, for the user's bundler to choose (package.json: imports).
  external: ['#only-in-node'],
});
