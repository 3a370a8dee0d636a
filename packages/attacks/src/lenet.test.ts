import { useBackend } from '@agoge/backends';
import type { Attack } from '@agoge/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden, isPresent, lenet, mnist } from '../test/lenet';
import { apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { fgsmAttack } from './fgsm';
import { pgdAttack } from './pgd';
import { runAttacks } from './runner';

// The outcome of the reference implementations on advertorch's LeNet5, adversarially trained and not, on MNIST.

interface GoldenCase {
  net: string;
  key: string;
  robust: number[];
  stable?: number[];
}

describe.skipIf(!isPresent)('on LeNet5 and MNIST (needs ../shared)', () => {
  let cases: GoldenCase[];
  beforeAll(async () => {
    await useBackend('wasm');
    cases = golden('attacks_lenet.json').cases;
  });

  async function attacked(net: string, key: string, attack: Attack, examples: number) {
    const found = cases.find((each) => each.net === net && each.key === key);
    if (!found) throw new Error(`no golden case is named ${key}`);
    const { records } = await runAttacks(lenet(net), mnist(examples), [attack]);
    return {
      mine: records.map(({ correct, brokenBy }) => Number(correct && brokenBy === null)),
      theirs: found.robust.slice(0, examples),
      stable: found.stable ?? found.robust.map(() => 1),
    };
  }
  const count = (flags: number[]) => flags.reduce((sum, each) => sum + each, 0);

  // Ours keep every iterate that is broken, the references only the last: so ours may break an example more.
  const exact: [net: string, key: string, attack: Attack, examples: number][] = [
    ['advtrained', 'fgsm_linf_0.3_float32', fgsmAttack({ eps: 0.3 }), 200],
    ['clntrained', 'fgsm_linf_0.3_float32', fgsmAttack({ eps: 0.3 }), 200],
    ['advtrained', 'pgd40_linf_0.3_float32', pgdAttack({ eps: 0.3, stepSize: 0.01, start: 'zero' }), 50],
    ['clntrained', 'pgd40_linf_0.3_float32', pgdAttack({ eps: 0.3, stepSize: 0.01, start: 'zero' }), 64],
    ['advtrained', 'apgd_ce_linf_0.3_zero_start_float32', apgdAttack({ eps: 0.3, start: 'zero' }), 50],
    [
      'advtrained',
      'apgd_t_rank2_linf_0.3_zero_start_float32',
      apgdTargetedAttack({ eps: 0.3, rivals: 1, start: 'zero' }),
      50,
    ],
  ];
  it.each(exact)('%s, %s: the same examples fall', async (net, key, attack, examples) => {
    const { mine, theirs, stable } = await attacked(net, key, attack, examples);
    const different = mine.flatMap((each, i) => (stable[i] && each > theirs[i] ? [i] : []));
    expect(different).toEqual([]);
    expect(count(mine)).toBeGreaterThanOrEqual(count(theirs) - 1);
  });

  // Random starts cannot be replayed: counts, within what two seeds of the reference differ by and the golden file allows.
  const l1 = { norm: 'l1', eps: 10, variant: 'reference' } as const;
  const random: [net: string, key: string, attack: Attack, examples: number, tolerance: number][] = [
    ['advtrained', 'apgd_ce_linf_0.3_seed0', apgdAttack({ eps: 0.3 }), 50, 1],
    ['clntrained', 'apgd_ce_linf_0.3_seed0', apgdAttack({ eps: 0.3 }), 200, 0],
    ['clntrained', 'apgd_ce_l2_2.0_seed0', apgdAttack({ norm: 'l2', eps: 2, variant: 'reference' }), 50, 3],
    ['clntrained', 'apgd_ce_l1_10_seed0', apgdAttack(l1), 50, 3],
  ];
  it.each(random)('%s, %s: as many fall', async (net, key, attack, examples, tolerance) => {
    const { mine, theirs } = await attacked(net, key, attack, examples);
    expect(Math.abs(count(mine) - count(theirs))).toBeLessThanOrEqual(tolerance);
  });
});
