import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** A file per source: what shares a file with something that runs when it is loaded stays in bundles that want neither. */
const oneByOne: Plugin = {
  name: 'agoge-one-by-one',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) =>
      kind !== 'entry-point' && existsSync(join(resolveDir, `${path}.ts`))
        ? { path: `${path}.js`, external: true }
        : undefined,
    ),
};

/** One build for every package: ESM, declarations, source maps; peers and dependencies stay outside, each source is a file. */
export const base = (...entry: string[]): Options => ({
  entry: ['src/**/*.ts', '!src/**/*.{test,bench,fixture}.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: { entry: entry.map((name) => `src/${name}.ts`) },
  sourcemap: true,
  clean: true,
  esbuildPlugins: [oneByOne],
});
