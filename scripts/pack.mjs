import { pnpm } from './pnpm.mjs';
import { packages } from './workspace.mjs';

/** Packs every package into a folder, as it would be published: `Map(name -> tarball)`. Needs `dist`. */
export function packAll(folder) {
  const { status, stdout, stderr } = pnpm(['-r', 'pack', '--pack-destination', folder, '--json']);
  if (status !== 0) throw new Error(`pnpm pack failed:\n${stdout}${stderr}`);
  const packed = new Map(JSON.parse(stdout).map(({ name, filename }) => [name, filename]));
  for (const { name } of packages) if (!packed.has(name)) throw new Error(`pnpm pack left out ${name}`);
  return packed;
}
