// Every check of the workspace, each timed and named, all of them even if one fails: `npm run check [-- NAMES] [--json FILE]`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { env } from './pnpm.mjs';
import { root } from './workspace.mjs';

const tool = (path, ...args) => [join(root, 'node_modules', path), ...args];
const script = (name) => [join(root, 'scripts', `${name}.mjs`)];

/** Name, what it asks, how it asks. */
const checks = [
  ['types', 'does every file type-check?', tool('typescript/bin/tsc', '--noEmit', '--pretty', 'false')],
  [
    'lint',
    'is every file formatted and free of lint?',
    tool('@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off'),
  ],
  ['layers', 'do imports run down the layers only?', script('layers')],
  ['unused', 'is every file, export and dependency used?', tool('knip/bin/knip.js', '--no-progress')],
  ['api', 'is the public surface as recorded?', script('api')],
  ['changesets', 'has every change of a package a changeset?', script('changesets')],
  ['tarballs', 'are the packages what their package.json says?', script('tarballs')],
  ['bundles', 'is each browser bundle free of Node, and small?', script('bundles')],
  ['examples', 'does each example run?', script('examples')],
  ['packed', 'does each package run alone, as its README says?', script('packed')],
];

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter((name) => !checks.some(([each]) => each === name));
if (unknown.length > 0) {
  console.error(`Unknown check ${unknown.join(', ')}; there are ${checks.map(([name]) => name).join(', ')}.`);
  process.exit(2);
}

const results = checks
  .filter(([name]) => positionals.length === 0 || positionals.includes(name))
  .map(([name, question, args]) => {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const passed = status === 0;
    const seconds = (performance.now() - start) / 1000;
    if (!passed) console.log(`\n--- ${name}: ${question}\n${stdout}${stderr}`);
    return { name, question, passed, seconds };
  });

console.log('');
for (const { name, question, passed, seconds } of results) {
  console.log(
    `${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(11)}${question.padEnd(52)}${seconds.toFixed(1).padStart(6)} s`,
  );
}
if (values.json) writeFileSync(values.json, JSON.stringify(results));
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
