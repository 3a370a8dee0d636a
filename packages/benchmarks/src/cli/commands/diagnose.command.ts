import { command, type Declare, eps, json, norm, seed, withModel } from '../declaration';
import { parseWhole } from '../option-values';

/** Declares `agoge diagnose`. */
export const diagnoseCommand: Declare = (context) =>
  withModel(
    command(
      'diagnose',
      'Look for the ways in which the robustness of a model can be an illusion; exits with 1 on a warning.',
      '  agoge diagnose --model runs/at-pssilu --eps 0.15\n' +
        '  agoge diagnose --model web/model.json --bounds 0,255 --data mine.json --eps 8 --examples 128 --json',
    ),
  )
    .addOption(norm())
    .addOption(eps().makeOptionMandatory())
    .option('--examples <n>', 'images to look at', parseWhole(1), 64)
    .option('--batch-size <n>', 'images computed together', parseWhole(1), 64)
    .addOption(seed())
    .addOption(json())
    .action(async (options) => (await import('./diagnose')).diagnoseModel(options, context()));
