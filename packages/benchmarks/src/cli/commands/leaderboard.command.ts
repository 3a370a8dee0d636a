import { command, type Declare } from '../declaration';

/** Declares `agoge leaderboard`. */
export const leaderboardCommand: Declare = (context) =>
  command(
    'leaderboard',
    'Set results beside each other: by data and threat, ranked among those that were measured alike; as a page and as Markdown.',
    '  agoge leaderboard results --out board.html --markdown board.md\n' +
      '  agoge leaderboard results robustbench/model_info/cifar10/Linf --data-name SHA256=cifar10',
  )
    .argument(
      '<paths...>',
      'results of agoge evaluate, model_info files of RobustBench, and folders of them; other JSON is passed over',
    )
    .option('--out <file>', 'where the page goes', 'leaderboard.html')
    .option('--markdown <file>', 'where the same goes as Markdown')
    .option('--title <text>', 'heading of the page')
    .option(
      '--data-name <sha256=name>',
      'these images are those of that name: results on them stand beside models published for it',
      (pair: string, before: string[]) => [...before, pair],
      [],
    )
    .action(async (paths, options) => (await import('./leaderboard')).writeLeaderboard(paths, options, context()));
