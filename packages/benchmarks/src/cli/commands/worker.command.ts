import { command, type Declare } from '../declaration';
import { parseWhole } from '../option-values';

/** Declares `agoge worker`. */
export const workerCommand: Declare = (context) =>
  command(
    'worker',
    'Do the work that agoge evaluate and agoge reproduce share out with --queue, until Ctrl-C.',
    '  agoge worker --queue redis://queue.example:6379\n' +
      '  agoge worker --queue redis://queue.example:6379 --store /shared/agoge --jobs 2',
  )
    .requiredOption('--queue <url>', 'address of the Redis')
    .option('--store <folder>', 'that those who ask see too (default: files and results go through Redis)')
    .option('--modules', 'load modules that jobs name: where all who can write to the queue are trusted')
    .option('--jobs <n>', 'processes at a time', parseWhole(1), 1)
    .option('--lock <seconds>', 'after which a worker that is not heard of counts as dead', parseWhole(1), 60)
    .option('--silence <seconds>', 'without a step or a word after which a job is given up', parseWhole(1), 1800)
    .action(async (options) => (await import('./worker')).worker(options, context()));
