import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { type AttackResult, type Classifier, fromFunction } from '@agoge/core';
import {
  add,
  matMul,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ddn } from './ddn';
import { deepfool } from './deepfool';
import { fab, fabTargeted } from './fab';

// Where the reference implementations of the attacks that look for the nearest end, on a small smooth network, in float64.

const golden = new URL('../../../../shared/golden/attack_traces.json', import.meta.url);
interface Case {
  name: string;
  distance: number[];
  adv: number[][][][];
}

describe.skipIf(!existsSync(golden))('against the reference code (needs ../shared/golden)', () => {
  let cases: Case[];
  let f: Classifier;
  let x: Tensor4D;
  let y: Tensor1D;

  beforeAll(() => {
    const read = JSON.parse(readFileSync(golden, 'utf8'));
    cases = read.cases;
    const { W1, b1, W2, b2 } = read.model;
    const [inner, shift, outer, last] = [tensor2d(W1), tensor1d(b1), tensor2d(W2), tensor1d(b2)];
    const network = (images: Tensor4D): Tensor2D =>
      add(matMul(tanh(add(matMul(reshape(images, [-1, 12]) as Tensor2D, inner), shift)) as Tensor2D, outer), last);
    f = fromFunction(network, { bounds: [0, 1], classes: 5 });
    x = tensor4d(read.x);
    y = tensor1d(read.y, 'int32');
  });

  const reference = { steps: 20, variant: 'reference' } as const;
  const attacks: Record<string, () => Promise<AttackResult>> = {
    fab_linf_untargeted: () => fab(f, x, y, { norm: 'linf', ...reference }),
    fab_l2_untargeted: () => fab(f, x, y, { norm: 'l2', ...reference }),
    fab_l1_untargeted: () => fab(f, x, y, { norm: 'l1', ...reference }),
    fab_linf_targeted_rank2: () => fabTargeted(f, x, y, { norm: 'linf', rivals: 1, ...reference }),
    fab_l2_targeted_rank2: () => fabTargeted(f, x, y, { norm: 'l2', rivals: 1, ...reference }),
    fab_l1_targeted_rank2: () => fabTargeted(f, x, y, { norm: 'l1', rivals: 1, ...reference }),
    deepfool_l2: () => deepfool(f, x, y, { norm: 'l2' }),
    deepfool_linf: () => deepfool(f, x, y, { norm: 'linf' }),
    ddn50_levels_None: () => ddn(f, x, y, { steps: 50, initialRadius: 0.5 }),
    ddn50_levels_256: () => ddn(f, x, y, { steps: 50, initialRadius: 0.5, levels: 256 }),
  };

  it.each(Object.keys(attacks))('%s ends as near, at the same images', async (name) => {
    const found = cases.find((each) => each.name === name);
    const result = await attacks[name]();
    expect([...result.broken]).toEqual([1, 1, 1]);
    const images = await result.x.data();
    found?.distance.forEach((theirs, i) => {
      expect(result.distance[i] / theirs).toBeCloseTo(1, 3);
    });
    found?.adv.flat(3).forEach((theirs, i) => {
      expect(Math.abs(images[i] - theirs)).toBeLessThan(1e-3);
    });
  });
});
