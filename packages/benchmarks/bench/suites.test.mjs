import { expect, it } from 'vitest';
import { suiteNames, suites } from './suites.mjs';

const names = (options) => suites(options).map(({ name }) => name);

it('are the peak, then what is asked for by suite or by group: each network once for attacks and once for training', () => {
  expect(names({ only: ['resnet18/32', 'training/fast'] })).toEqual([
    ...['peak', 'resnet18/32', 'resnet18/32', 'training/fast-at-cnn/128'],
  ]);
  const sizes = ['lenet5/32', 'lenet5/128', 'lenet5/512', 'resnet18/8', 'resnet18/32', 'resnet18/128'];
  const networks = [...sizes, 'wrn-28-10/4', 'wrn-28-10/16'].flatMap((each) => [each, each]);
  expect(names({ only: ['networks'] })).toEqual(['peak', ...networks]);
  expect([...new Set(suites({}).map(({ suite }) => suite))]).toEqual(['peak', ...suiteNames]);
  expect(() => suites({ only: ['vgg'] })).toThrow('agoge bench: --only must be among networks, kernels, training');
});

it('smoke has the same suites, of at most 32 images', () => {
  const small = suites({ smoke: true });
  expect([...new Set(small.map(({ suite }) => suite))]).toEqual(['peak', ...suiteNames]);
  expect(Math.max(...small.flatMap(({ cases }) => cases.map(({ batch = 0 }) => batch)))).toBe(32);
});

it('scales by batch, examples, threads and workers; threads by doubling up to the cores', () => {
  const scaling = suites({ only: ['scaling'], cores: 6 }).slice(1);
  expect(scaling.map(({ name }) => name)).toEqual([
    'scaling/batch',
    'scaling/examples',
    'scaling/cores',
    'scaling/workers',
  ]);
  expect(scaling[2].counts).toEqual([1, 2, 4, 6]);
  expect(scaling[3].cases.map(({ row }) => row)).toEqual([
    'one thread',
    '1 worker',
    '2 workers',
    '4 workers',
    '6 workers',
  ]);
});

it('reads a photograph where there is one', () => {
  const rows = (places) => suites({ only: ['data/reading'], places })[1].cases.map(({ row }) => row);
  expect(rows({ photograph: 'a.jpg' })).toEqual([...rows({}), 'photograph']);
});

it('has every convolution of ResNet-18: 11 shapes, whose multiplications are those of the network', () => {
  const { cases } = suites({ only: ['kernels'] })[1];
  const forward = cases.filter(({ row }) => row === 'forward');
  expect(forward).toHaveLength(11);
  // After the stem four of 64 channels; then three stages, each of a halving one, its shortcut and three that keep the size.
  const multiplications = forward.map(
    ({ size, stride, kernel, from, to }) => (size / stride) ** 2 * kernel ** 2 * from * to,
  );
  const [stem, plain, ...rest] = multiplications;
  const stages = [0, 3, 6].map((i) => rest[i] + rest[i + 1] + 3 * rest[i + 2]);
  expect(stem + 4 * plain + stages.reduce((a, b) => a + b)).toBe(555_417_600);
});
