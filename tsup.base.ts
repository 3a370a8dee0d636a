import type { Options } from 'tsup';

/** One build for every package: ESM, declarations, source maps; peers and dependencies stay outside. */
export const base = (...entry: string[]): Options => ({
  entry: entry.map((name) => `src/${name}.ts`),
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: true,
});
