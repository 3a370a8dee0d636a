import { canonicalJson } from '@agoge/core';
import type { Option } from 'commander';
import { type Context, table } from '../terminal';
import { type NamedTraining, trained } from './one-training';
import type { SweepCommand } from './train-sweep';

/**
 * `agoge train`, once or in a sweep.
 *
 * @param given the options that the command line says, by their names in `options`
 * @param known all that it may say
 */
export async function trainNamed(
  { sweep, seeds, shard, json, ...options }: NamedTraining & SweepCommand & { json?: boolean },
  given: readonly string[],
  known: readonly Option[],
  context: Context,
): Promise<void> {
  const { stdout } = context;
  if (sweep !== undefined || seeds || shard) {
    const { trainSweep } = await import('./train-sweep');
    const results = await trainSweep(options, { sweep, seeds, shard }, given, known, context);
    const rows = results.map(({ run, result }) => [run.name, result.says]);
    stdout.write(json ? `${canonicalJson(results)}\n` : table(['run', 'came to'], rows));
    return;
  }
  const { json: whole, text } = await trained(options, given, context);
  stdout.write(json ? whole : text);
}
