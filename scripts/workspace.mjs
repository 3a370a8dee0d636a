import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The packages of a folder: `{ folder, path, name, manifest }`, by folder name. */
export function packagesIn(parent) {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent))
    .filter((folder) => existsSync(join(root, parent, folder, 'package.json')))
    .map((folder) => {
      const path = join(root, parent, folder);
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      return { folder, path, name: manifest.name, manifest };
    });
}

/** The published packages. */
export const packages = packagesIn('packages');

/** The entries of a package as `[exported path, source file]`. */
export function entries({ path, manifest }) {
  return Object.entries(manifest.exports ?? {})
    .filter(([, target]) => typeof target === 'object')
    .map(([name, target]) => [name, join(path, target['@agoge/source'])]);
}

/** Every file under a folder that a test accepts, outside of node_modules and dist. */
export function files(folder, accept) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
    const path = join(folder, each.name);
    if (each.isDirectory()) return ['node_modules', 'dist'].includes(each.name) ? [] : files(path, accept);
    return accept(path) ? [path] : [];
  });
}

/** Prints what is wrong and ends with 1, or says that all is well. */
export function report(problems, success) {
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(success);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
