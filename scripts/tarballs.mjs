// Each package as it would be published: are its entries, files and types what package.json says (publint, attw)?
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll } from './pack.mjs';
import { env } from './pnpm.mjs';
import { entries, packages, report, root } from './workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'agoge-tarballs-'));
const problems = [];
try {
  const tarballs = packAll(folder);
  for (const each of packages) {
    const tarball = readFileSync(tarballs.get(each.name));
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
    for (const message of messages) problems.push(`${each.name}: publint: ${formatMessage(message, pkg)}`);
    if (entries(each).length === 0) continue; // nothing to import: a command
    const attw = [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarballs.get(each.name)];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...attw, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'],
      { env, encoding: 'utf8' },
    );
    if (status !== 0) problems.push(`${each.name}: are the types wrong?\n${stdout}${stderr}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
report(problems, `${packages.length} tarballs are as their package.json says`);
