import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { ensureGradients } from '@agoge/core';
import { grad, memory, sum, type Tensor1D, type Tensor2D, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy, dlr, dlrTargeted, margin } from './losses';

type Loss = (logits: Tensor2D, y: Tensor1D) => Tensor1D;

const losses: Record<string, Loss> = {
  crossEntropy,
  margin,
  dlr,
  dlrTargeted: (logits, y) => dlrTargeted(logits, y, tensor1d([2, 0, 1].slice(0, y.size), 'int32')),
};

async function valueAndGradient(loss: Loss, rows: number[][], labels: number[]) {
  const [z, y] = [tensor2d(rows), tensor1d(labels, 'int32')];
  const value = await loss(z, y).data();
  const gradient = await tidy(() => grad((each) => sum(loss(each as Tensor2D, y)))(z)).data();
  return { value: [...value], gradient: [...gradient] };
}

beforeAll(ensureGradients);

describe.each(Object.entries(losses))('%s', (_, loss) => {
  const rows = [
    [1.5, -0.25, 0.5, 0.125, -2],
    [-1, 2.5, 0.75, 0.5, 3],
    [0.25, 4, -3, 1, 0.5],
  ];
  const labels = [0, 3, 2];

  it('gives one loss per row and leaves nothing behind', () => {
    const [z, y] = [tensor2d(rows), tensor1d(labels, 'int32')];
    const before = memory().numTensors;
    expect(loss(z, y).shape).toEqual([3]);
    tidy(() => grad((each) => sum(loss(each as Tensor2D, y)))(z)).dispose();
    expect(memory().numTensors - before).toBeLessThanOrEqual(loss === losses.dlrTargeted ? 3 : 1);
  });

  it('has the gradient of central differences', async () => {
    const { gradient } = await valueAndGradient(loss, rows, labels);
    const h = 1 / 64;
    for (let i = 0; i < 15; i++) {
      const at = async (shift: number) => {
        const moved = rows.map((row, r) => row.map((z, c) => z + (r * 5 + c === i ? shift : 0)));
        const { value } = await valueAndGradient(loss, moved, labels);
        return value.reduce((total, each) => total + each);
      };
      const slope = ((await at(h)) - (await at(-h))) / (2 * h);
      expect(gradient[i]).toBeCloseTo(slope, 3);
    }
  });
});

it('keeps the loss and the direction of a very confident example', async () => {
  const { value, gradient } = await valueAndGradient(crossEntropy, [[40, 0, 1]], [0]);
  const others = Math.exp(-40) + Math.exp(-39);
  expect(value[0] / others).toBeCloseTo(1, 4);
  expect(gradient[0] / -others).toBeCloseTo(1, 4);
  expect(gradient[1] / Math.exp(-40)).toBeCloseTo(1, 4);
});

it('stays finite for huge logits', async () => {
  const { value, gradient } = await valueAndGradient(crossEntropy, [[1000, -1000, 0]], [1]);
  expect(value).toEqual([2000]);
  expect(gradient).toEqual([1, -1, 0]);
});

it('sends the gradient of a tie to one class', async () => {
  expect((await valueAndGradient(margin, [[1, 3, 3, 3]], [0])).gradient).toEqual([1, -1, 0, 0]);
  const { value, gradient } = await valueAndGradient(dlr, [[2, 2, 0, 0]], [0]);
  expect(Math.abs(value[0])).toBe(0);
  expect(gradient.map((each) => each + 0)).toEqual([-0.5, 0.5, 0, 0]);
});

const golden = new URL('../../../../shared/golden/losses.json', import.meta.url);

describe('against the reference implementations (needs ../shared/golden)', () => {
  it.skipIf(!existsSync(golden))('has their values and gradients', async () => {
    const { rows } = JSON.parse(readFileSync(golden, 'utf8'));
    const relative = (mine: number, theirs: number) => Math.abs(mine - theirs) / (1 + Math.abs(theirs));
    const compared = { values: 0, gradients: 0 };
    for (const row of rows) {
      const ratios = (row.dlr_targeted ?? []).map((each: { target: number }) => [
        each,
        (z: Tensor2D, y: Tensor1D) => dlrTargeted(z, y, tensor1d([each.target], 'int32')),
        1,
      ]);
      const cases: [expected: { value: number; grad?: number[] }, loss: Loss, sign: number][] = [
        [row.ce, crossEntropy, 1],
        [row.dlr, dlr, 1],
        [row.margin, margin, -1],
        ...ratios,
      ];
      // Carlini and Wagner's f is the margin, cut where the attack is content.
      const { value: lead } = await valueAndGradient(margin, [row.logits], [row.label]);
      for (const [name, cut] of Object.entries({ kappa_0: 0, 'kappa_1.5': -1.5 })) {
        expect(relative(Math.max(lead[0], cut), row.cw_f[name]), `${name} of ${row.logits}`).toBeLessThan(1e-5);
      }
      for (const [expected, loss, sign] of cases) {
        const { value, gradient } = await valueAndGradient(loss, [row.logits], [row.label]);
        expect(relative(sign * value[0], expected.value), `of ${row.logits}`).toBeLessThan(1e-5);
        compared.values++;
        if (row.tie) continue;
        compared.gradients++;
        expected.grad?.forEach((theirs: number, k: number) => {
          expect(relative(sign * gradient[k], theirs), `d/dz_${k} of ${row.logits}`).toBeLessThan(1e-5);
        });
      }
    }
    // 19 rows of three losses, 13 of them with three targets; no gradients of ties.
    expect(compared).toEqual({ values: 96, gradients: 66 });
  });
});
