import { Command, Option } from 'commander';
import { parseNumber, parseNumbers, parseOptions, parseWhole } from './option-values';
import type { Context } from './terminal';

/** A command as `program` adds it; `context` is asked for when the command runs, after all options are read. */
export type Declare = (context: () => Context) => Command;

/** A command without options yet. What it does is loaded when it is called. */
export const command = (name: string, description: string, examples: string) =>
  new Command(name).description(description).addHelpText('after', `\nExamples:\n${examples}`);

export const norm = () =>
  new Option('--norm <norm>', 'norm of the perturbation').choices(['linf', 'l2', 'l1']).default('linf');

/** The norms that `--norm` can name, in the order of preference. */
export const ballNorms = ['linf', 'l2', 'l1', 'l0'] as const;

/** The norm of attacks that are named: some take only one. */
export const attackNorm = () =>
  new Option('--norm <norm>', 'norm of the perturbation (default: the first of these that the attacks take)').choices(
    ballNorms,
  );

export const eps = () =>
  new Option('--eps <number>', 'largest perturbation, in pixel units: 0.1 or 8/255').argParser(parseNumber);

export const seed = () => new Option('--seed <n>', 'key of all random numbers').argParser(parseWhole(0)).default(0);

export const json = () => new Option('--json', 'print the result as JSON on stdout, and nothing else there');

/** What a data set may be named by. */
export const dataNames =
  'a data set (digits, shapes, mnist, fashionMnist, cifar10, cifar100, svhn, ...), or a JSON file of images';

/** Where the files of a data set lie, and what else it is told. */
export const withFiles = (to: Command) =>
  to
    .option(
      '--data-dir <folder>',
      "where its files lie (default: its folder in AGOGE_DATA, else in the platform's cache folder)",
    )
    .option('--data-options <json>', 'its options beside the split', parseOptions)
    .option('--download', 'download what is missing there');

/** What is attacked or trained on. */
export const withData = (to: Command) => withFiles(to.option('--data <name>', dataNames, 'digits'));

/** Options of a model that another program saved, and of the data that it meets. */
export const withModel = (to: Command) =>
  withData(to)
    .requiredOption(
      '--model <path>',
      'a folder of agoge train, the model.json of a TensorFlow.js model, or an architecture such as resnet18 with --weights',
    )
    .option('--weights <file>', 'weights for an architecture: a PyTorch state dict as safetensors')
    .option('--arch-options <json>', 'its options (default: for the images and classes of the data)', parseOptions)
    .option('--activation <name>', 'its activation (default: its own)')
    .option('--activation-options <json>', 'options of the activation', parseOptions)
    .option(
      '--bounds <low,high>',
      "pixel range of a TensorFlow.js model, such as 0,1 or 0,255; of weights too (default: the data's)",
      parseNumbers,
    )
    .option('--mean <numbers>', 'means that its images are normalised by', parseNumbers)
    .option('--std <numbers>', 'standard deviations that its images are normalised by', parseNumbers)
    .option('--split <name>', 'part of the data set', 'test');
