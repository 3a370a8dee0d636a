import { command, type Declare, json } from '../declaration';

/** Declares `agoge merge`. */
export const mergeCommand: Declare = (context) =>
  command(
    'merge',
    'Put the parts of an evaluation together: the result of evaluating all images at once.',
    '  agoge evaluate --model runs/at --eps 0.1 --shard 1/2 --out a.json\n' +
      '  agoge evaluate --model runs/at --eps 0.1 --shard 2/2 --out b.json\n' +
      '  agoge merge a.json b.json --out whole.json --report',
  )
    .argument('<files...>', 'results of agoge evaluate --shard, in any order')
    .requiredOption('--out <file>', 'where the result goes, as JSON')
    .option('--report [file]', 'write its report too (default: as --out, with .html)')
    .addOption(json())
    .action(async (files, options) => (await import('./merge')).merge(files, options, context()));
