// What the table measures, as cases; those of a section run in the same processes. Pure.

/** Forward and input gradient with the weights frozen, as attacks run; the gradient with weights fed. */
const attackRows = ['forward', 'input gradient', 'input gradient, weights fed'];

const whole = [
  { title: 'ResNet-18', network: 'resnet18', batch: 32 },
  { title: 'ResNet-18', network: 'resnet18', batch: 128 },
  { title: 'WRN-28-10', network: 'wrn-28-10', batch: 16 },
  { title: 'LeNet5', network: 'lenet5', batch: 128 },
];
const small = [
  { title: 'ResNet-18 of width 4', network: 'resnet18', width: 4, batch: 4 },
  { title: 'WRN-28-1', network: 'wrn-28-10', width: 1, batch: 4 },
  { title: 'LeNet5', network: 'lenet5', batch: 4 },
];

/**
 * The sections whose names begin with one of `only`, or all; before them `peak`, what the machine can do.
 *
 * @param smoke small networks and small convolutions instead, to see that all works
 * @throws RangeError for a name that begins no section's
 */
export function sections({ only, smoke }) {
  const all = [...(smoke ? small : whole).flatMap(ofNetwork), smoke ? ofConvolutions(4, 8) : ofConvolutions(32, 64)];
  const unknown = only?.find((each) => !all.some(({ name }) => name.startsWith(each)));
  if (unknown !== undefined) {
    const names = new Set(all.map(({ name }) => name));
    throw new RangeError(`--only: there is no ${unknown}; there are ${[...names].join(', ')}`);
  }
  return [
    { name: 'peak', cases: [{ kind: 'product', size: smoke ? 256 : 2048 }] },
    ...all.filter(({ name }) => !only || only.some((each) => name.startsWith(each))),
  ];
}

/** Attacks and training each in processes of their own, for their memory's sake. */
function ofNetwork({ title, ...size }) {
  return [attackRows, ['training step']].map((rows) => ({
    name: `${size.network}/${size.batch}`,
    title: `${title}, batch ${size.batch}`,
    cases: rows.map((row) => ({ kind: 'network', ...size, row })),
  }));
}

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
    name: `kernels/${batch}`,
    title: `Convolutions of ResNet-18${width === 64 ? '' : ` of width ${width}`}, batch ${batch}`,
    cases: shapes.flatMap((shape) => rows.map((row) => ({ kind: 'convolution', row, batch, ...shape }))),
  };
}
