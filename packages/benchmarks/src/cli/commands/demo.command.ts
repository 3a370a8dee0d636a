import { command, type Declare, json, seed } from '../declaration';
import { parseWhole } from '../option-values';

/** Declares `agoge demo`. */
export const demoCommand: Declare = (context) =>
  command(
    'demo',
    'Train a small network on handwritten digits four times, plainly and adversarially, attack all four, write a report.',
    '  agoge demo\n  agoge demo --seed 1 --out my-demo',
  )
    .addOption(seed())
    .option('--out <folder>', 'where models, results and the report go', 'agoge-demo')
    .option('--epochs <n>', 'epochs of each training (default: as the demo was tuned)', parseWhole(1))
    .option('--examples <n>', 'test images to evaluate on (default: all 360)', parseWhole(1))
    .addOption(json())
    .action(async (options) => (await import('./demo')).demo(options, context()));
