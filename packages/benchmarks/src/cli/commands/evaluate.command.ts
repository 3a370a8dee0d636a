import { Option } from 'commander';
import { attackNorm, command, type Declare, eps, json, seed, withModel } from '../declaration';
import { parseFraction, parseNames, parseWhole } from '../option-values';
import { parseShard } from '../shard';

const attackNames = () =>
  new Option(
    '--attack, --attacks <names>',
    'in the order to run: attacks such as fgsm, pgd, apgd, apgdTargeted, fab, square, or all of a version of AutoAttack: ' +
      'fast, standard, plus, rand',
  )
    .argParser(parseNames)
    .default(['pgd', 'apgd'], 'pgd,apgd');

/** Declares `agoge evaluate`. */
export const evaluateCommand: Declare = (context) =>
  withModel(
    command(
      'evaluate',
      'Measure the robust accuracy of a model: the share of images that no attack breaks.',
      '  agoge evaluate --model runs/at-pssilu --data digits --eps 0.15 --out result.json\n' +
        '  agoge evaluate --model web/model.json --bounds 0,255 --data mine.json --eps 8 --attack pgd,apgd\n' +
        '  agoge evaluate --model lenet5 --weights lenet5.safetensors --data mnist --data-dir data/mnist --eps 0.3 \\\n' +
        '    --attack standard --n 1000 --batch 250 --out result.json --resume\n' +
        '  agoge evaluate --model web/model.json --bounds 0,1 --eps 0.1 --n 300 --min-robust 0.4',
    ),
  )
    .addOption(attackNames())
    .addOption(attackNorm())
    .addOption(eps().makeOptionMandatory())
    .addOption(
      new Option(
        '--meets <which>',
        'what an attack meets: survivors of those before, or all, to tell what it alone breaks',
      )
        .choices(['survivors', 'all'])
        .default('survivors'),
    )
    .option('--n, --examples <n>', 'images to evaluate (default: all)', parseWhole(1))
    .option('--batch, --batch-size <n>', 'images attacked together', parseWhole(1), 64)
    .option('--shard <i/n>', 'evaluate the ith of n parts of the images', parseShard)
    .option('--workers <n>', 'share it out among processes on this machine, which share its threads', parseWhole(1))
    .option('--queue <url>', 'share it out among all agoge worker of a Redis, such as redis://localhost:6379')
    .option('--store <folder>', 'that they see too (default: files and results go through Redis)')
    .option('--shards <n>', 'parts to share out (default: 4 a worker, 16 by a queue)', parseWhole(1))
    .option('--attempts <n>', 'how often a part is tried (default: 3, 5 by a queue)', parseWhole(1))
    .addOption(seed())
    .option('--out <file>', 'where the result goes, as JSON; its report beside it, and its state until it is there')
    .option('--report <file>', 'where the report goes (default: as --out, with .html)')
    .option('--resume', 'go on with the run whose state is beside --out')
    .addOption(
      new Option('--save <form>', 'keep all adversarial images, as safetensors in the state').choices([
        'float32',
        'uint8',
      ]),
    )
    .option(
      '--min-robust <fraction>',
      'exit with 1 unless the lower end of the 95 % interval reaches this and the number can be trusted: a gate for CI',
      parseFraction,
    )
    .addOption(json())
    .action(async (options) => (await import('./evaluate')).evaluateModel(options, context()));
