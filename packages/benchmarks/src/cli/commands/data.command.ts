import { command, type Declare, dataNames, seed, withFiles } from '../declaration';
import { parseNames, parseWhole } from '../option-values';

/** Declares `agoge data`. */
export const dataCommand: Declare = (context) =>
  withFiles(
    command(
      'data',
      'Look at a data set: sizes, class balance, mean and deviation, hash, and a sheet of images by class.',
      '  agoge data digits\n  agoge data cifar10 --download --corruption fog --severity 3 --out fog.png\n' +
        '  agoge data mnist --split train --augment crop,cutout --json mnist.json',
    ).argument('<name>', dataNames),
  )
    .option('--split <name>', 'part of the data set', 'test')
    .option('--first <n>', 'look at its first n examples only', parseWhole(1))
    .option(
      '--corruption <name>',
      'corrupt every image first: one of the 15 of CIFAR-10-C, such as fog, gaussian_noise',
    )
    .option('--severity <n>', 'of the corruption, from 1 to 5 (default: 3)', parseWhole(1, 5))
    .option(
      '--augment <names>',
      'show images augmented, in this order: crop, flip, cutout, autoaugment, randaugment',
      parseNames,
    )
    .option('--n <n>', 'images of the sheet, at most', parseWhole(1, 10_000), 64)
    .addOption(seed())
    .option('--out <file>', 'where the sheet goes: .png, .svg, or .html with the figures', 'contact-sheet.html')
    .option('--json [file]', 'write the figures as JSON to a file; without one, print them on stdout and nothing else')
    .action(async (name, options) => (await import('./data')).lookAtData(name, options, context()));
