import { Argument, Command, Option } from 'commander';
import { version } from '../../package.json';
import {
  parseDuration,
  parseFolders,
  parseFraction,
  parseNames,
  parseNumber,
  parseNumbers,
  parseOptions,
  parseWhole,
} from './option-values';
import { parseShard } from './shard';
import type { Context, Terminal } from './terminal';

const norm = () =>
  new Option('--norm <norm>', 'norm of the perturbation').choices(['linf', 'l2', 'l1']).default('linf');
const seed = () => new Option('--seed <n>', 'key of all random numbers').argParser(parseWhole(0)).default(0);
const json = () => new Option('--json', 'print the result as JSON on stdout, and nothing else there');
const dataNames =
  'a data set (digits, shapes, mnist, fashionMnist, cifar10, cifar100, svhn, ...), or a JSON file of images';
/** Where the files of a data set lie, and what else it is told. */
const withFiles = (command: Command) =>
  command
    .option(
      '--data-dir <folder>',
      "where its files lie (default: its folder in AGOGE_DATA, else in the platform's cache folder)",
    )
    .option('--data-options <json>', 'its options beside the split', parseOptions)
    .option('--download', 'download what is missing there');
/** What is attacked or trained on. */
const withData = (command: Command) => withFiles(command.option('--data <name>', dataNames, 'digits'));
const eps = () =>
  new Option('--eps <number>', 'largest perturbation, in pixel units: 0.1 or 8/255').argParser(parseNumber);

const attackNames = () =>
  new Option(
    '--attack, --attacks <names>',
    'in the order to run: attacks such as fgsm, pgd, apgd, apgdTargeted, fab, square, or all of a version of AutoAttack: ' +
      'fast, standard, plus, rand',
  )
    .argParser(parseNames)
    .default(['pgd', 'apgd'], 'pgd,apgd');

/** Options of a model that another program saved, and of the data that it meets. */
const foreign = (command: Command) =>
  withData(command)
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
    .option('--std <numbers>', 'standard deviations that its images are normalised by', parseNumbers);

/** The command line: every command's options, help and examples. What a command does is loaded when it is called. */
export function program(
  argv: readonly string[],
  terminal: Terminal & Pick<Context, 'signal' | 'verbose' | 'setExitCode'>,
): Command {
  const root = new Command('agoge');
  const context = (): Context => ({
    ...terminal,
    ...backendOf(root.opts()),
    command: ['agoge', ...argv].map(quoted).join(' '),
  });
  root
    .description('Adversarial robustness for TensorFlow.js: train, attack and measure image classifiers.')
    .version(version)
    .option('--backend <name>', 'auto (the fastest that starts), onnx, tensorflow, webgpu, webgl, wasm or cpu', 'auto')
    .option(
      '--threads <n>',
      'threads of the onnx backend (default: as many as there are physical cores)',
      parseWhole(1),
    )
    .option('--provider <names>', 'execution providers of the onnx backend, such as cuda (default: cpu)', parseNames)
    .option('--verbose', 'print stack traces of errors')
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'agoge: ').replace(/\n(?=.)/g, ' ')),
    })
    .exitOverride()
    .addHelpText('after', '\nStart with:\n  agoge demo');

  const command = (name: string, description: string, examples: string) =>
    root.command(name).description(description).addHelpText('after', `\nExamples:\n${examples}`).configureHelp({
      showGlobalOptions: true,
    });

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
    .action(async (options) => (await import('./commands/demo')).demo(options, context()));

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
      const { trainNamed } = await import('./commands/train-named');
      await trainNamed(options, given, self.options, context());
    });

  foreign(
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
    .option('--split <name>', 'part of the data set', 'test')
    .addOption(attackNames())
    .addOption(norm())
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
    .action(async (options) => (await import('./commands/evaluate')).evaluateModel(options, context()));

  foreign(
    command(
      'attack',
      'Attack some images and look at them one by one.',
      '  agoge attack --model runs/at-pssilu --eps 0.15 --examples 8 --out images\n' +
        `  agoge attack --model web/model.json --attack apgd --attack-options '{"steps": 200}' --eps 8/255`,
    ),
  )
    .option('--split <name>', 'part of the data set', 'test')
    .option('--attack <name>', 'fgsm, pgd or apgd', 'pgd')
    .option('--attack-options <json>', 'its options beside norm and eps', parseOptions, {})
    .addOption(norm())
    .addOption(eps().makeOptionMandatory())
    .option('--from <n>', 'the first image', parseWhole(0), 0)
    .option('--examples <n>', 'how many', parseWhole(1), 8)
    .addOption(seed())
    .option('--out <folder>', 'where the images go, as PNG')
    .addOption(json())
    .action(async (options) => (await import('./commands/attack')).attack(options, context()));

  foreign(
    command(
      'diagnose',
      'Look for the ways in which the robustness of a model can be an illusion; exits with 1 on a warning.',
      '  agoge diagnose --model runs/at-pssilu --eps 0.15\n' +
        '  agoge diagnose --model web/model.json --bounds 0,255 --data mine.json --eps 8 --examples 128 --json',
    ),
  )
    .option('--split <name>', 'part of the data set', 'test')
    .addOption(norm())
    .addOption(eps().makeOptionMandatory())
    .option('--examples <n>', 'images to look at', parseWhole(1), 64)
    .option('--batch-size <n>', 'images computed together', parseWhole(1), 64)
    .addOption(seed())
    .addOption(json())
    .action(async (options) => (await import('./commands/diagnose')).diagnoseModel(options, context()));

  command(
    'merge',
    'Put the parts of an evaluation together: the result of evaluating all images at once.',
    '  agoge evaluate --model runs/at --eps 0.1 --shard 1/2 --out a.json\n' +
      '  agoge evaluate --model runs/at --eps 0.1 --shard 2/2 --out b.json\n' +
      '  agoge merge a.json b.json --out whole.json --report',
  )
    .argument('<files...>', 'results of agoge evaluate --shard, in any order')
    .requiredOption('--out <file>', 'where the result goes, as JSON')
    .option('--report [file]', 'write its report too (default: as --out, with .html)')
    .addOption(json())
    .action(async (files, options) => (await import('./commands/merge')).merge(files, options, context()));

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
    .action(async (files, options) => (await import('./commands/report')).report(files, options, context()));

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
    .action(async (paths, options) =>
      (await import('./commands/leaderboard')).writeLeaderboard(paths, options, context()),
    );

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
    .action(async (name, options) => (await import('./commands/data')).lookAtData(name, options, context()));

  command(
    'reproduce',
    'Hold what a paper claims against runs of ours, by a plan that is written down before them.',
    '  agoge reproduce rcm --scale tiny --out tiny-rcm\n' +
      '  agoge reproduce rcm --scale small --data-dir data/cifar10 --limit 15m --out reproductions/rcm\n' +
      '  agoge reproduce sparta --scale small --data-dir cifar10-jpeg=data/cifar10,mnist=data/mnist --shard 1/2',
  )
    .addArgument(new Argument('<paper>', 'which').choices(['paf', 'rcm', 'sat', 'sparta']))
    .addOption(
      new Option(
        '--scale <size>',
        'tiny (ten minutes, claims nothing), small (hours on two cores) or full (as published)',
      )
        .choices(['tiny', 'small', 'full'])
        .makeOptionMandatory(),
    )
    .option('--out <folder>', 'where plan, results and account go (default: reproductions/PAPER)')
    .option(
      '--data-dir <folders>',
      'where the files of its data lie: a folder, or NAME=FOLDER,NAME=FOLDER',
      parseFolders,
    )
    .option('--download', 'download what is missing there')
    .option('--plan-only', 'write the plan, to be committed before the runs')
    .option('--report-only', 'give the account of what is there')
    .option('--search', 'make the runs of the search seeds, measured on held-out images; they enter no verdict')
    .option('--shard <i/n>', 'make the ith of n parts of the runs', parseShard)
    .option('--limit <time>', 'stop after so long, such as 15m; the same command goes on', parseDuration)
    .action(async (paper, options) => (await import('./commands/reproduce')).reproducePaper(paper, options, context()));

  command(
    'doctor',
    'Hold the backend against the float64 values of every kernel that we use, and measure how fast it is.',
    '  agoge doctor\n  agoge doctor --backend wasm --no-repair --kernel MaxPoolGrad,AvgPoolGrad --no-speed\n' +
      '  agoge doctor --backend onnx --kernel Conv2D --no-speed --dump models',
  )
    .option('--kernel <names>', 'check only these kernels, by their TensorFlow.js names', parseNames)
    .option('--dump <folder>', 'write each model that the onnx backend compiles to a folder, as .onnx')
    .option('--no-repair', 'check the backend as TensorFlow.js ships it')
    .option('--no-speed', 'measure no speed')
    .addOption(json())
    .action(async (options) => (await import('./commands/doctor')).runDoctor(options, context()));

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
    .action(async (options) => (await import('./commands/bench')).bench(options, context()));

  command(
    'worker',
    'Do the work that agoge evaluate --queue shares out, until Ctrl-C.',
    '  agoge worker --queue redis://queue.example:6379\n' +
      '  agoge worker --queue redis://queue.example:6379 --store /shared/agoge --jobs 2',
  )
    .requiredOption('--queue <url>', 'address of the Redis')
    .option('--store <folder>', 'that those who ask see too (default: files and results go through Redis)')
    .option('--modules', 'load modules that jobs name: where all who can write to the queue are trusted')
    .option('--jobs <n>', 'processes at a time', parseWhole(1), 1)
    .option('--lock <seconds>', 'after which a worker that is not heard of counts as dead', parseWhole(1), 60)
    .option('--silence <seconds>', 'without a step or a word after which a job is given up', parseWhole(1), 1800)
    .action(async (options) => (await import('./commands/worker')).worker(options, context()));

  root.command('job', { hidden: true }).action(async () => (await import('./commands/job')).job(context()));

  for (const each of root.commands) each.exitOverride();
  return root;
}

/** What is said of the onnx backend asks for it, too. */
function backendOf({ backend, threads, provider }: { backend: string; threads?: number; provider?: string[] }) {
  const given = threads !== undefined || provider !== undefined;
  const onnx = given ? { ...(threads && { threads }), ...(provider && { providers: provider }) } : undefined;
  return { backend: onnx && backend === 'auto' ? 'onnx' : backend, onnx };
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);
