import { expect, it } from 'vitest';
import { sections } from './sections.mjs';

const names = (options) => sections(options).map(({ name }) => name);

it('are the peak, each network once for attacks and once for training, and the kernels', () => {
  const networks = ['resnet18/32', 'resnet18/128', 'wrn-28-10/16', 'lenet5/128'];
  expect(names({})).toEqual(['peak', ...networks.flatMap((each) => [each, each]), 'kernels/32']);
  expect(names({ only: ['resnet18/32', 'lenet5'] })).toEqual([
    'peak',
    'resnet18/32',
    'resnet18/32',
    'lenet5/128',
    'lenet5/128',
  ]);
  expect(() => sections({ only: ['vgg'] })).toThrow('--only: there is no vgg; there are resnet18/32, resnet18/128');
});

it('has every convolution of ResNet-18: 11 shapes, whose multiplications are those of the network', () => {
  const { cases } = sections({ only: ['kernels'] })[1];
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
