import { fileURLToPath } from 'node:url';
import { planned } from '@agoge/adv-train/presets';
import { useBackend } from '@agoge/backends';
import { fileStore } from '@agoge/core/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { scales } from '../recipes/scale';
import { buildArm } from './arm-model';
import { chainsOf } from './chains';
import { namedAttacks } from './measure';
import { papers } from './papers';
import { type Plan, planHash, readPlan, writePlan } from './plan';
import { accountsIn } from './reproduction';

const names = Object.keys(papers) as (keyof typeof papers)[];
const all = names.flatMap((paper) => (Object.keys(scales) as Plan['scale'][]).map((scale) => papers[paper](scale)));

beforeAll(() => useBackend('cpu'));

describe.each(all.map((plan) => [`${plan.paper} ${plan.scale}`, plan] as const))('the plan of %s', (name, plan) => {
  it('is whole: what it names is there, attacks and training can be made', async () => {
    const again = await readPlan(name, await writePlan(plan));
    expect(await planHash(again)).toBe(await planHash(plan));
    for (const arm of plan.arms) planned(arm.training);
    for (const each of plan.measures) if (each.kind === 'attacks') namedAttacks(each.attacks);
    for (const { attack } of plan.arms.flatMap(({ validation }) => validation ?? [])) namedAttacks([attack]);
  });

  it('runs every arm of a claim with the same seeds, two or more, none of which is searched with', () => {
    const runs = chainsOf(plan, 'confirm').flat();
    const seedsOf = (arm: string | number) => runs.filter((run) => run.arm.name === arm).map(({ seed }) => seed);
    for (const { treatment, control } of plan.claims) {
      const common =
        typeof control === 'number'
          ? seedsOf(treatment)
          : seedsOf(control).filter((s) => seedsOf(treatment).includes(s));
      expect(common.length).toBeGreaterThanOrEqual(plan.scale === 'tiny' ? 2 : 3);
    }
    expect(plan.seeds.search.filter((seed) => plan.seeds.confirm.includes(seed))).toEqual([]);
  });

  it('measures small runs by AutoAttack fast on the same 1,000 test images', () => {
    const robust = plan.measures.find((each) => each.name === 'robust');
    expect(robust).toMatchObject({ kind: 'attacks', labels: 'true' });
    if (plan.scale !== 'small') return;
    expect(robust?.images).toBe(1000);
    expect(JSON.stringify(robust)).toContain('"version":"fast"');
    expect(JSON.stringify(plan.data)).not.toContain('"cifar10"');
  });
});

it.each(names)('builds every network of %s', (paper) => {
  const plan = papers[paper]('tiny');
  const facts = { shape: [32, 32, 3], classes: 10, bounds: [0, 1] } as const;
  const built = new Set<string>();
  for (const arm of plan.arms) {
    const key = JSON.stringify([arm.network, arm.activation]);
    if (built.has(key)) continue;
    built.add(key);
    const { model, classifier } = buildArm(arm, facts, 1);
    expect(classifier.classes).toBe(10);
    expect(classifier.parameters().length).toBeGreaterThan(10);
    model.dispose();
  }
});

describe('what is committed of the small runs', () => {
  it.each(names)(
    'of %s: a plan as it was written, results of no other, and an account that follows from them',
    async (paper) => {
      const store = fileStore(fileURLToPath(new URL(`../../reproductions/${paper}`, import.meta.url)));
      expect(await store.get('small.plan.json')).toBeDefined();
      const account = new TextDecoder().decode(await store.get('README.md'));
      expect(account).toBe(await accountsIn(store));
    },
  );
});
