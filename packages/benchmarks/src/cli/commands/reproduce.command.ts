import { Argument, Option } from 'commander';
import { command, type Declare } from '../declaration';
import { parseDuration, parseFolders, parseWhole } from '../option-values';
import { parseShard } from '../shard';

/** Declares `agoge reproduce`. */
export const reproduceCommand: Declare = (context) =>
  command(
    'reproduce',
    'Hold what a paper claims against runs of ours, by a plan that is written down before them.',
    '  agoge reproduce rcm --scale tiny --out tiny-rcm\n' +
      '  agoge reproduce rcm --scale small --data-dir data/cifar10 --limit 15m --out reproductions/rcm\n' +
      '  agoge reproduce sparta --scale small --data-dir cifar10-jpeg=data/cifar10,mnist=data/mnist --workers 2',
  )
    .addArgument(new Argument('<paper>', 'which').choices(['paf', 'rcm', 'sat', 'sparta']))
    .addOption(
      new Option(
        '--scale <size>',
        'tiny (ten minutes, claims nothing), small (hours on two cores) or full (as published)',
      )
        .choices(['tiny', 'small', 'full'])
        .makeOptionMandatory(),
    )
    .option('--out <folder>', 'where plan, results and account go (default: reproductions/PAPER)')
    .option(
      '--data-dir <folders>',
      'where the files of its data lie: a folder, or NAME=FOLDER,NAME=FOLDER',
      parseFolders,
    )
    .option('--download', 'download what is missing there')
    .option('--plan-only', 'write the plan, to be committed before the runs')
    .option('--report-only', 'give the account of what is there')
    .option('--search', 'make the runs of the search seeds, measured on held-out images; they enter no verdict')
    .option('--shard <i/n>', 'make the ith of n parts of the runs', parseShard)
    .option('--workers <n>', 'share them out among processes on this machine, which share its threads', parseWhole(1))
    .option('--queue <url>', 'share them out among all agoge worker of a Redis, such as redis://localhost:6379')
    .option('--store <folder>', 'that they see too (default: results go through Redis)')
    .option('--attempts <n>', 'how often a part is tried (default: 3, 5 by a queue)', parseWhole(1))
    .option('--limit <time>', 'stop after so long, such as 15m; the same command goes on', parseDuration)
    .action(async (paper, options) => (await import('./reproduce')).reproducePaper(paper, options, context()));
