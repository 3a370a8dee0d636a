import { type Command, Option } from 'commander';
import { command, type Declare, eps, json, norm, seed, withData } from '../declaration';
import { parseNumber, parseNumbers, parseOptions, parseWhole } from '../option-values';
import { parseShard } from '../shard';

/** Declares `agoge train`. */
export const trainCommand: Declare = (context) =>
  withData(
    command(
      'train',
      'Train a model, plainly or adversarially, and keep it with a checkpoint.',
      '  agoge train --objective at --eps 0.15 --activation pssilu --epochs 15 --out runs/at-pssilu\n' +
        '  agoge train --objective trades --eps 8/255 --out runs/trades --resume\n' +
        '  agoge train --recipe fast-mnist --data-dir data/mnist --out runs/fast-mnist\n' +
        '  agoge train --recipe paf-resnet18-cifar10 --scale small --data cifar10-jpeg --out runs/paf --resume\n' +
        '  agoge train --recipe fast-mnist --seeds 0,1,2 --shard 1/3 --out runs/seeds',
    ),
  )
    .option(
      '--recipe <name>',
      'train as published: fast-mnist, trades-mnist, paf-resnet18-cifar10, ...; the options say what to do otherwise',
    )
    .addOption(
      new Option(
        '--scale <size>',
        'of a recipe: width, images and epochs divided by 1, 8 or 64 (default: full)',
      ).choices(['full', 'small', 'tiny']),
    )
    .option('--synthetic <file>', 'generated images for a recipe, as .npz')
    .option('--arch <name>', 'architecture: smallCnn or resnet18', 'smallCnn')
    .option('--arch-options <json>', 'its options', parseOptions, {})
    .option('--activation <name>', 'by its name in @agoge/activations: relu, silu, gelu, pssilu, ...', 'relu')
    .option('--activation-options <json>', 'its options', parseOptions, {})
    .option('--objective <name>', 'standard, at (adversarial training) or trades', 'at')
    .option('--objective-options <json>', 'its options beside norm and eps', parseOptions, {})
    .addOption(norm())
    .addOption(eps())
    .option('--epochs <n>', 'passes over the data', parseWhole(1), 15)
    .option('--batch-size <n>', 'images of a step', parseWhole(2), 64)
    .option('--learning-rate <number>', 'of SGD with momentum 0.9, falling by a cosine', parseNumber, 0.1)
    .option('--validate <n>', 'test images to watch the accuracy on after each epoch', parseWhole(0), 100)
    .addOption(seed())
    .option('--seeds <numbers>', 'train once for each of these, each in a folder of its own in --out', parseNumbers)
    .option(
      '--sweep <file>',
      'train once for each combination of a JSON file: { "seeds": [0, 1], "options": { "eps": ["4/255", "8/255"] } }',
    )
    .option('--shard <i/n>', 'make the ith of n parts of these runs; what is done or begun is gone on with', parseShard)
    .requiredOption('--out <folder>', 'where the model goes')
    .option('--resume', 'go on from the checkpoint in the folder')
    .addOption(json())
    .action(async (options, self: Command) => {
      const given = Object.keys(options).filter((name) => self.getOptionValueSource(name) !== 'default');
      const { trainNamed } = await import('./train-named');
      await trainNamed(options, given, self.options, context());
    });
