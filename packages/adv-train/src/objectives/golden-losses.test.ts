import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { ensureGradients, type Trainable } from '@agoge/core';
import {
  add,
  grads,
  mul,
  oneHot,
  type Rank,
  setBackend,
  sum,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adversarialTraining } from './adversarial-training';
import { alp } from './alp';
import { mart } from './mart';
import { trades } from './trades';

/** Losses and their gradients from logits, by the sources' own functions: skipped where the figures are not there. */
const path = new URL('../../../../../shared/golden/losses.json', import.meta.url);
const there = existsSync(path);

interface Figures {
  value: number;
  grad_nat?: number[][];
  grad_adv: number[][];
}
interface Pair extends Record<string, unknown> {
  K: number;
  batch: number;
  labels: number[];
  logits_nat: number[][];
  logits_adv: number[][];
}
const { pairs }: { pairs: Pair[] } = there ? JSON.parse(readFileSync(path, 'utf8')) : { pairs: [] };

const eps = 0.1;
const objectives = {
  pgd_at_total: adversarialTraining({ eps }),
  trades_total_beta1: trades({ eps, beta: 1 }),
  trades_total_beta6: trades({ eps, beta: 6 }),
  mart_total_beta5: mart({ eps, beta: 5 }),
  mart_total_beta6: mart({ eps, beta: 6 }),
  'alp_total_leverage0.5': alp({ eps, beta: 0.5 }),
};
const cases = pairs.flatMap((pair) => Object.entries(objectives).map(([name, each]) => ({ name, each, pair })));

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

function expectNear(got: ArrayLike<number>, wanted: number[], relative: number) {
  wanted.forEach((value, i) => {
    expect(Math.abs(got[i] - value), `${got[i]} for ${value}`).toBeLessThan(1e-6 + relative * Math.abs(value));
  });
}

describe.skipIf(!there)('losses from logits (needs ../shared/golden)', () => {
  it.each(cases)(
    '$name of $pair.K classes has the value and the gradients of its source',
    async ({ name, each, pair }) => {
      const { value, grad_nat, grad_adv } = pair[name] as Figures;
      const [x, adversarial] = [
        zeros<Rank.R4>([pair.batch, 1, 1, 1]),
        tensor4d(new Float32Array(pair.batch), [pair.batch, 1, 1, 1]),
      ];
      const y = tensor1d(pair.labels, 'int32');
      const target = tidy(() => oneHot(y, pair.K, 1, 0, 'float32')) as Tensor2D;
      const lossOf = (natural: Tensor2D, attacked: Tensor2D) => {
        const forward: Trainable['forward'] = (images) => (images === adversarial ? attacked : natural);
        return each.loss({ forward } as Trainable, x, adversarial, target, y);
      };
      const [natural, attacked] = [tensor2d(pair.logits_nat), tensor2d(pair.logits_adv)];
      expectNear(await lossOf(natural, attacked).data(), [value], 1e-5);
      const [inNatural, inAttacked] = grads((a, b) => add(lossOf(a as Tensor2D, b as Tensor2D), mul(sum(a), 0)))([
        natural,
        attacked,
      ]);
      expectNear(await inAttacked.data(), grad_adv.flat(), 1e-4);
      expectNear(await inNatural.data(), (grad_nat ?? pair.logits_nat.map((row) => row.map(() => 0))).flat(), 1e-4);
    },
  );
});
