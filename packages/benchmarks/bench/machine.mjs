// The machine that a bench runs on, in words.
import { readFileSync } from 'node:fs';
import os from 'node:os';

export const machine = () => ({
  processor: os.cpus()[0].model,
  cores: os.cpus().length,
  memory: os.totalmem(),
  system: `${os.platform()} ${os.arch()}`,
  node: process.versions.node,
});

export const load = () => os.loadavg()[0];

export const machineLine = ({ processor, cores, memory, node } = machine()) =>
  `${processor}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB, Node ${node}`;

/** Times are good on a machine that does nothing else; above a load of 0.5 they are said not to be. */
export const loadLine = (before = load()) =>
  `load before: ${before.toFixed(2)}${before > 0.5 ? ': others are at work; these figures are too high, and not to be quoted' : ''}`;

/** The largest resident set of this process so far, in bytes; only Linux tells. */
export function peakMemory() {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return undefined;
  }
}
