// Does each example run? Its `start` script, on the built packages, as a user would run it.
import { spawnSync } from 'node:child_process';
import { env } from './pnpm.mjs';
import { packagesIn, report } from './workspace.mjs';

const examples = packagesIn('examples').filter(({ manifest }) => manifest.scripts?.start);
const problems = examples.flatMap(({ folder, path, manifest }) => {
  const [command, ...args] = manifest.scripts.start.split(' ');
  if (command !== 'node') return [`examples/${folder}: its start script must run node, not ${command}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: path,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  });
  return status === 0 ? [] : [`examples/${folder} fails:\n${stdout}${stderr}`];
});
report(problems, `${examples.length} examples run`);
