import { attackNorm, command, type Declare, eps, json, seed, withModel } from '../declaration';
import { parseOptions, parseWhole } from '../option-values';

/** Declares `agoge attack`. */
export const attackCommand: Declare = (context) =>
  withModel(
    command(
      'attack',
      'Attack some images and look at them one by one.',
      '  agoge attack --model runs/at-pssilu --eps 0.15 --examples 8 --out images\n' +
        `  agoge attack --model web/model.json --attack apgd --attack-options '{"steps": 200}' --eps 8/255`,
    ),
  )
    .option('--attack <name>', 'one attack, such as fgsm, pgd, apgd, deepfool, cw, square or boundary', 'pgd')
    .option('--attack-options <json>', 'its options beside norm and eps', parseOptions, {})
    .addOption(attackNorm())
    .addOption(eps().makeOptionMandatory())
    .option('--from <n>', 'the first image', parseWhole(0), 0)
    .option('--examples <n>', 'how many', parseWhole(1), 8)
    .addOption(seed())
    .option('--out <folder>', 'where the images go, as PNG')
    .addOption(json())
    .action(async (options) => (await import('./attack')).attack(options, context()));
