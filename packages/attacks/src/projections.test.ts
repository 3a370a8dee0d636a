import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { norms } from '@agoge/core';
import { add, sub, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { scaleThenClip } from './apgd/momentum-ascent';

const golden = new URL('../../../../shared/golden/projections.json', import.meta.url);

interface Case {
  x: number[];
  eps: number;
  [field: string]: number | number[];
}

describe.skipIf(!existsSync(golden))('against the reference code (needs ../shared/golden)', () => {
  it.each([
    ['linf', 'linf_ball_box', 'delta', 'projected_delta', norms.linf.project],
    ['l2, exactly', 'l2_ball_box', 'delta', 'exact_delta', norms.l2.project],
    ['l2, as AutoAttack does', 'l2_ball_box', 'delta', 'autoattack_sequential_delta', scaleThenClip],
    ['l1, exactly', 'l1_ball_box', 'y', 'exact_perturbation', norms.l1.project],
    ['l1, as AutoAttack does', 'l1_ball_box', 'y', 'autoattack_projected_perturbation', norms.l1.project],
  ] as const)('ball and box in %s', async (_, list, from, to, project) => {
    const cases: Case[] = JSON.parse(readFileSync(golden, 'utf8'))[list];
    expect(cases.length).toBeGreaterThanOrEqual(10);
    for (const each of cases) {
      const [center, move] = [each.x, each[from] as number[]].map((row) => tensor4d(row, [1, 1, 1, row.length]));
      const found = sub<Tensor4D>(project(add<Tensor4D>(center, move), center, each.eps, [0, 1]), center);
      const mine = await found.data();
      (each[to] as number[]).forEach((theirs, i) => {
        expect(Math.abs(mine[i] - theirs)).toBeLessThan(1e-5);
      });
    }
  });
});
