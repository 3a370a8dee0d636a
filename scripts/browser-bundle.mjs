// What an import of our packages brings into a browser's bundle.
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, defaultClientConditions } from 'vite';
import { root } from './workspace.mjs';

const isBuiltin = (id) => id.startsWith('node:') || builtinModules.includes(id);

/**
 * Bundles one import for browsers, TensorFlow.js aside.
 *
 * @param from an entry: `@agoge/core/layers`
 * @param names what is imported of it; all of it if left out
 * @param conditions how packages are resolved beside the usual way: `@agoge/source` reads sources in place of `dist`
 * @returns size in bytes, minified and gzipped; the files that it is made of; what it imports of Node
 */
export async function browserBundle({ from, names }, conditions = []) {
  // Where its name leads to it: the packages that have all others among their dependencies.
  const neighbour = from.startsWith('@agoge/benchmarks') ? 'agoge' : 'benchmarks';
  const entry = join(root, 'packages', neighbour, 'entry-of-a-bundle.js');
  const ofNode = new Set();
  const { output } = await build({
    configFile: false,
    root,
    logLevel: 'silent',
    resolve: { conditions: [...conditions, ...defaultClientConditions] },
    plugins: [
      {
        name: 'agoge-one-import',
        enforce: 'pre',
        resolveId(id, importer) {
          if (id === entry) return id;
          if (!isBuiltin(id)) return null;
          ofNode.add(`${id} (by ${importer?.replace(`${root}/`, '')})`);
          return { id, external: true };
        },
        load: (id) => (id === entry ? `export ${names ? `{ ${names.join(', ')} }` : '*'} from '${from}';` : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: { input: entry, preserveEntrySignatures: 'strict', external: /^@tensorflow\// },
    },
  });
  const chunks = output.filter(({ type }) => type === 'chunk');
  const files = chunks.flatMap(({ modules }) =>
    Object.entries(modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([id, { renderedLength }]) => ({ file: id.replace(`${root}/`, ''), length: renderedLength })),
  );
  return {
    bytes: chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0),
    files,
    ofNode: [...ofNode],
  };
}
