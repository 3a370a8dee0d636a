// Has every package whose sources changed since its last release a changeset? Works in a shallow clone, where less of the
// past is seen and so less is asked.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages, report, root } from './workspace.mjs';

const folder = join(root, '.changeset');
const named = new Set(
  readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/^["']?([@\w/-]+)["']?: (?:patch|minor|major)$/gm),
    ])
    .map(([, name]) => name),
);
const known = new Set(packages.map(({ name }) => name));

report(
  [
    ...[...named].filter((name) => !known.has(name)).map((name) => `.changeset names ${name}, which is no package`),
    ...packages
      .filter((each) => changed(each) && !named.has(each.name))
      .map(({ name }) => `${name} has changed since its last release without a changeset; write one: npx changeset`),
  ],
  'every changed package has a changeset',
);

/** A release writes CHANGELOG.md: what came after it is not released. */
function changed({ folder: name, path }) {
  if (!existsSync(join(path, 'CHANGELOG.md'))) return true;
  const release = git('log', '-1', '--format=%H', '--', `packages/${name}/CHANGELOG.md`).stdout.trim();
  const sources = [`packages/${name}/src`, `packages/${name}/bin`, `:!packages/${name}/**/*.test.ts`];
  return release !== '' && git('diff', '--quiet', release, '--', ...sources).status === 1;
}

function git(...args) {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' });
}
