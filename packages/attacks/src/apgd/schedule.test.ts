import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkpoints, shrinkingStages, sparseCheckpoints } from './schedule';

it('decides after 22, 41, 57, 70, 80, 87, 93 and 99 of 100 steps', () => {
  const found = checkpoints(100);
  expect(found.map(({ at }) => at)).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
  expect(found.map(({ window }) => window)).toEqual([22, 19, 16, 13, 10, 7, 6, 6]);
});

it('decides in l1 after every 4 % of the steps', () => {
  expect(sparseCheckpoints(50)).toEqual(Array.from({ length: 25 }, (_, i) => 2 * i + 2));
});

it('shrinks the ball in three stages, of one step at least', () => {
  expect(shrinkingStages(2, 100)).toEqual([
    { eps: 6, steps: 30 },
    { eps: 4, steps: 30 },
    { eps: 2, steps: 40 },
  ]);
  expect(shrinkingStages(1, 1).map(({ steps }) => steps)).toEqual([1, 1, 1]);
});

const golden = new URL('../../../../../shared/golden/schedules.json', import.meta.url);

describe('against the reference code (needs ../shared/golden)', () => {
  it.skipIf(!existsSync(golden))('has its checkpoints for 1 to 1000 steps', () => {
    const { apgd_checkpoints } = JSON.parse(readFileSync(golden, 'utf8'));
    for (const each of apgd_checkpoints) {
      const found = checkpoints(each.n_iter);
      expect(found.map(({ at }) => at)).toEqual(each.code_checkpoint_iterations_1based);
      expect(found.map(({ window }) => window)).toEqual(each.code_windows);
      expect(sparseCheckpoints(each.n_iter)).toEqual(each.l1_checkpoints_1based);
      // One step has no rest to give to the last stage: the reference runs it for -1, we for 1.
      const last = Math.max(each.l1_largereps_iters[2], 1);
      expect(shrinkingStages(1, each.n_iter)).toEqual(
        [...each.l1_largereps_iters.slice(0, 2), last].map((steps, i) => ({ eps: 3 - i, steps })),
      );
    }
  });
});
