import { Option } from 'commander';
import { command, type Declare } from '../declaration';
import { parseDuration, parseFolders, parseNames, parseWhole } from '../option-values';

/** Declares `agoge bench`. */
export const benchCommand: Declare = (context) =>
  command(
    'bench',
    'Measure side by side what this machine has: backends of TensorFlow.js, PyTorch, libraries for data; in turns.',
    '  agoge bench --limit 30m\n  agoge bench --only lenet5,training --python /usr/bin/python3 --limit 10m\n' +
      '  agoge bench --only networks,kernels --place tfjs-node=FOLDER --out speed.json --markdown speed.md',
  )
    .option(
      '--only <names>',
      'networks, kernels, training, attacks, data, scaling, or groups of these such as resnet18/32 (default: all)',
      parseNames,
    )
    .addOption(
      new Option('--limit <time>', 'in all, which the rows share').argParser(parseDuration).default(3600, '1h'),
    )
    .option('--rounds <n>', 'turns of each, at most', parseWhole(1), 5)
    .addOption(
      new Option('--backends <names>', 'of TensorFlow.js; the others are held against the first')
        .argParser(parseNames)
        .default(['onnx', 'wasm', 'wasm-stock', 'tensorflow'], 'onnx,wasm,wasm-stock,tensorflow'),
    )
    .addOption(
      new Option('--python <commands>', 'Pythons that may have torch')
        .argParser(parseNames)
        .default(['python3'], 'python3'),
    )
    .option(
      '--place <names=paths>',
      'where this machine has tfjs-node (a folder), tfjs-data (a module) or a photograph (a JPEG)',
      parseFolders,
      {},
    )
    .addOption(new Option('--device <name>', 'of PyTorch').choices(['cpu', 'cuda']).default('cpu'))
    .option('--smoke', 'small networks, to see whether all of it works')
    .option('--out <file>', 'where the result goes, as JSON, row by row; its page beside it', 'bench.json')
    .option('--markdown <file>', 'where the tables go as Markdown')
    .action(async (options) => (await import('./bench')).bench(options, context()));
