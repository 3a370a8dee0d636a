import { grad, localResponseNormalization, type Tensor, type Tensor4D, tensor, util } from '@tensorflow/tfjs-core';
import { type LocalResponse, localResponse, localResponseGradient } from './float64/local-response';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';

interface NamedResponse extends Omit<LocalResponse, 'channels'> {
  name: string;
  shape: [number, number, number, number];
  /** Magnitude of the images; 1 by default. */
  magnitude?: number;
  /** In place of the number in the middle of the images. */
  special?: number;
}

function both(named: NamedResponse): KernelCase[] {
  const { name, shape, radius, bias, alpha, beta, magnitude = 1, special } = named;
  const response = { ...named, channels: shape[3] };
  const images = () => {
    const x = values(util.sizeFromShape(shape), 1).map((each) => each * magnitude);
    if (special !== undefined) x[x.length >> 1] = special;
    return x;
  };
  const upstream = () => values(util.sizeFromShape(shape), 3);
  const run = (x: Tensor) => localResponseNormalization(x as Tensor4D, radius, bias, alpha, beta);
  const terms = () => new Float32Array(util.sizeFromShape(shape)).fill(1);
  const shared = { of: 'forward', name, shape, dtype: 'float32', precision: 'transcendental', terms } as const;
  return [
    {
      ...shared,
      kernel: 'LRN',
      compute: () => run(tensor(images(), shape)),
      expected: () => localResponse(response, images()),
    },
    {
      ...shared,
      kernel: 'LRNGrad',
      compute: () => grad(run)(tensor(images(), shape), tensor(upstream(), shape)),
      expected: () => localResponseGradient(response, images(), upstream()),
    },
  ];
}

const plain = { shape: [2, 3, 4, 7] as [number, number, number, number], radius: 2, bias: 1, alpha: 1, beta: 0.5 };

/** Local response normalisation over channels, and its gradient. */
export const localResponseCases: readonly KernelCase[] = (
  [
    { ...plain, name: 'radius 2' },
    { ...plain, name: 'radius 2, bias 2, alpha 1e-4, beta 0.75', bias: 2, alpha: 1e-4, beta: 0.75 },
    { ...plain, name: 'radius 5, beyond all channels', radius: 5, shape: [1, 2, 3, 4] },
    { ...plain, name: 'radius 0', radius: 0, beta: 1 },
    { ...plain, name: 'radius 3, beta 2', radius: 3, beta: 2, shape: [1, 2, 2, 17] },
    { ...plain, name: 'one channel', shape: [2, 3, 3, 1] },
    { ...plain, name: 'no images', shape: [0, 3, 4, 7] },
    { ...plain, name: 'zeros', magnitude: 0 },
    { ...plain, name: 'magnitude 1e4', magnitude: 1e4 },
    { ...plain, name: 'NaN in one channel of one pixel', special: Number.NaN },
  ] satisfies NamedResponse[]
).flatMap(both);
