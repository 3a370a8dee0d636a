// What `agoge bench` measures: suites of groups; the cases of a group run in the same processes, which are its own. Pure.
import { said } from '@agoge/core';
import { augmentationCases, corruptionCases, fileCases, readCases } from './data-cases.mjs';

/** Forward and input gradient with the weights frozen, as attacks run; the gradient with weights fed. */
const attackRows = ['forward', 'input gradient', 'input gradient, weights fed'];

const title = {
  lenet5: 'LeNet5',
  resnet18: 'ResNet-18',
  'wrn-28-10': 'WRN-28-10',
  'fast-at-cnn': "fast-AT's MNIST network",
};
const networks = { lenet5: [32, 128, 512], resnet18: [8, 32, 128], 'wrn-28-10': [4, 16] };
const narrow = { lenet5: {}, resnet18: { width: 4 }, 'wrn-28-10': { width: 1 }, 'fast-at-cnn': { width: 2 } };
const cifar = { eps: 8 / 255, steps: 10, stepSize: 2 / 255 };
const mnist = { eps: 0.3, steps: 10, stepSize: 0.075 };

/** The names of all suites, in the order in which they run. */
export const suiteNames = ['networks', 'kernels', 'training', 'attacks', 'data', 'scaling'];

/**
 * The groups of the suites, or the groups whose names begin so, that `only` names, or all; before them `peak`, what the machine
 * can do.
 *
 * @param smoke small networks and small convolutions instead, to see that all works
 * @param cores of the machine, for what is scaled by them
 * @param places by name where this machine has what no package brings: files, and modules of others
 * @returns groups: `suite`, `name`, `title`, `by` (who takes part), `peer` (the program of the Pythons) and `cases`
 * @throws RangeError for a name that begins none
 */
export function suites({ only, smoke = false, cores = 2, places = {} }) {
  const all = [
    ...Object.keys(networks).flatMap((network) => (smoke ? [4] : networks[network]).flatMap(ofNetwork(network, smoke))),
    smoke ? ofConvolutions(4, 8) : ofConvolutions(32, 64),
    ...training(smoke),
    ...attacks(smoke),
    ...data(smoke, places),
    ...scaling(smoke, cores),
  ];
  const isAsked = (each, { suite, name }) => suite === each || name.startsWith(each);
  const unknown = only?.find((each) => !all.some((group) => isAsked(each, group)));
  if (unknown !== undefined) {
    const names = new Set(all.map(({ name }) => name));
    const known = `${suiteNames.join(', ')} and, of these, ${[...names].join(', ')}`;
    throw said(new RangeError(`agoge bench: --only must be among ${known}, got ${unknown}`));
  }
  const size = smoke ? 256 : 2048;
  return [
    { suite: 'peak', name: 'peak', title: 'Peak', by: 'backends', cases: [{ kind: 'product', size, row: 'product' }] },
    ...all.filter((group) => !only || only.some((each) => isAsked(each, group))),
  ];
}

const sized = (network, batch, smoke) => ({ network, batch, ...(smoke && narrow[network]) });
const named = ({ network, width, batch }) =>
  `${title[network]}${width === undefined ? '' : `, narrowed to ${width}`}, batch ${batch}`;

/** Attacks and training each in processes of their own, for their memory's sake. */
const ofNetwork = (network, smoke) => (batch) => {
  const size = sized(network, batch, smoke);
  return [attackRows, ['training step']].map((rows) => ({
    ...{ suite: 'networks', name: `${network}/${batch}`, title: named(size), by: 'backends' },
    cases: rows.map((row) => ({ kind: 'network', ...size, row })),
  }));
};

/** Each convolution of ResNet-18 once, forward and backward. */
function ofConvolutions(batch, width) {
  const shapes = [{ size: 32, from: 3, to: width, kernel: 3, stride: 1 }];
  for (const stage of [0, 1, 2, 3]) {
    const [size, to] = [32 / 2 ** stage, width * 2 ** stage];
    if (stage > 0) {
      for (const kernel of [3, 1]) shapes.push({ size: size * 2, from: to / 2, to, kernel, stride: 2 });
    }
    shapes.push({ size, from: to, to, kernel: 3, stride: 1 });
  }
  const rows = ['forward', 'input gradient', 'filter gradient'];
  return {
    ...{ suite: 'kernels', name: `kernels/${batch}`, by: 'backends' },
    title: `Convolutions of ResNet-18${width === 64 ? '' : ` of width ${width}`}, batch ${batch}`,
    cases: shapes.flatMap((shape) => rows.map((row) => ({ kind: 'convolution', row, batch, ...shape }))),
  };
}

/** Steps of adversarial training, PGD of ten steps within them; ours by the loop, and out of its parts by hand. */
function training(smoke) {
  const sizes = [
    ['fast-at-cnn', 128, mnist],
    ['resnet18', 32, cifar],
    ['resnet18', 128, cifar],
  ];
  return (smoke ? sizes.slice(0, 2) : sizes).map(([network, full, options]) => {
    const size = sized(network, smoke ? 4 : full, smoke);
    return {
      ...{
        suite: 'training',
        name: `training/${network}/${size.batch}`,
        title: `Adversarial training, ${named(size)}`,
      },
      ...{ by: 'backends', peer: 'pytorch_training', byHand: true },
      cases: ['adversarialTraining', 'trades'].map((objective) => ({
        ...{ kind: 'objective', ...size, objective, options, row: objective },
      })),
    };
  });
}

/** The parts of AutoAttack, shortened; their own number of steps is 100, and 5,000 queries. */
function attacks(smoke) {
  const steps = smoke ? 4 : 20;
  const parts = [
    { row: `PGD, ${steps} steps`, attack: 'pgd', steps, targets: 1 },
    { row: `APGD-CE, ${steps} steps`, attack: 'apgd', steps, targets: 1 },
    { row: `APGD-T, 3 targets, ${steps} steps`, attack: 'apgdTargeted', steps, targets: 3 },
    { row: `FAB-T, 3 targets, ${steps} steps`, attack: 'fabTargeted', steps, targets: 3 },
    { row: `Square, ${5 * steps} queries`, attack: 'square', steps: 5 * steps, targets: 1 },
  ];
  return ['lenet5', 'resnet18'].map((network) => {
    const size = sized(network, smoke ? 4 : { lenet5: 128, resnet18: 32 }[network], smoke);
    return {
      ...{ suite: 'attacks', name: `attacks/${network}/${size.batch}`, title: `Attacks, ${named(size)}` },
      ...{
        by: 'backends',
        peer: 'pytorch_attacks',
        cases: parts.map((part) => ({ kind: 'attack', ...size, ...part })),
      },
    };
  });
}

function data(smoke, { photograph }) {
  const images = smoke ? 32 : 512;
  const group = (name, heading, cases) => ({
    ...{ suite: 'data', name: `data/${name}`, title: `${heading}, ${images} images`, by: 'libraries' },
    cases: cases.map((row) => ({ kind: 'data', row, batch: images, whole: true })),
  });
  return [
    group('reading', 'Reading', [...readCases, ...fileCases, ...(photograph ? ['photograph'] : [])]),
    group('augmentations', 'Augmentations', augmentationCases),
    group('corruptions', 'Corruptions', corruptionCases),
  ];
}

/** In batches of 2 and up, in examples by the runner of attacks, in threads, and in workers of a backend that has one thread. */
function scaling(smoke, cores) {
  const size = sized('resnet18', smoke ? 4 : 32, smoke);
  const batches = smoke ? [2, 4] : [2, 8, 32, 128, 256];
  const examples = smoke ? [8, 16] : [64, 256, 1024];
  const counts = upTo(smoke ? 2 : cores);
  const suite = 'scaling';
  const shared = smoke
    ? { width: 4, batch: 4, microBatch: 2, steps: 1 }
    : { width: 8, batch: 32, microBatch: 8, steps: 10 };
  return [
    {
      ...{ suite, name: 'scaling/batch', title: 'By batch: input gradients of ResNet-18', by: 'backends' },
      cases: batches.map((batch) => ({
        ...{ kind: 'network', ...size, batch, row: 'input gradient', label: `batch ${batch}` },
      })),
    },
    {
      ...{ suite, name: 'scaling/examples', by: 'ours' },
      title: 'By examples: PGD of 10 steps by the runner, LeNet5, batches of 64',
      cases: examples.map((batch) => ({
        ...{ kind: 'run', network: 'lenet5', batch, steps: 10, row: `${batch} examples`, whole: true },
      })),
    },
    {
      ...{ suite, name: 'scaling/cores', title: `By threads, ${named(size)}`, by: 'threads', counts },
      cases: ['input gradient', 'training step'].map((row) => ({ kind: 'network', ...size, row })),
    },
    {
      ...{ suite, name: 'scaling/workers', by: 'wasm' },
      title: `By workers: adversarial training on wasm, ResNet-18 of width ${shared.width}, batch ${shared.batch} in parts of ${shared.microBatch}`,
      cases: [0, ...counts].map((workers) => ({
        ...{ kind: 'workers', workers, row: workers ? `${workers} worker${workers > 1 ? 's' : ''}` : 'one thread' },
        ...shared,
        whole: true,
      })),
    },
  ];
}

/** 1, 2, 4 and so on, and the number itself. */
const upTo = (count) => [1, 2, 4, 8, 16, 32].filter((each) => each < count).concat(count);
