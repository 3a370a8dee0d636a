// Runs once before all tests: says what will be skipped, and why.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

export function setup() {
  if (existsSync(join(root, '../shared/golden'))) return;
  console.log('Tests against reference implementations are skipped: their figures (../shared) are not here.');
}
