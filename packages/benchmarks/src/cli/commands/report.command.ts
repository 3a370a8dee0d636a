import { command, type Declare } from '../declaration';

/** Declares `agoge report`. */
export const reportCommand: Declare = (context) =>
  command(
    'report',
    'Write results as one HTML page.',
    '  agoge report result.json --out report.html\n  agoge report a.json b.json runs/at-pssilu --out report.html',
  )
    .argument('<files...>', 'results of agoge evaluate; folders of agoge train add training curves and activations')
    .option('--title <text>', 'heading of the page')
    .option(
      '--diagnosis <model=file>',
      'what agoge diagnose --json found of a model, told in words; without a name, of the one model',
      (given: string, before: string[]) => [...before, given],
      [],
    )
    .option('--out <file>', 'where the page goes', 'report.html')
    .action(async (files, options) => (await import('./report')).report(files, options, context()));
