import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many physical cores the process may use: two threads of one core gain nothing where all they do is multiply. Linux alone
 * tells which processors share a core; elsewhere every processor counts.
 *
 * @param topology the folder where Linux describes its processors
 */
export function coresOfProcess(topology = '/sys/devices/system/cpu'): number {
  try {
    const processors = readdirSync(topology).filter((name) => /^cpu\d+$/.test(name));
    const cores = new Set(
      processors.map((name) => readFileSync(`${topology}/${name}/topology/thread_siblings_list`, 'utf8')),
    );
    return Math.max(1, Math.min(cores.size || Number.POSITIVE_INFINITY, availableParallelism()));
  } catch {
    return availableParallelism();
  }
}
