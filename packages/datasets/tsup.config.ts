import { defineConfig } from 'tsup';
import { base } from '../../tsup.base';

export default defineConfig({
  ...base('index', 'registry', 'node'),
  // Stays an import, for the user's bundler to choose (package.json: imports).
  external: ['#pixels-of'],
});
