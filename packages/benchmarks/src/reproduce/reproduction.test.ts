import { useBackend } from '@agoge/backends';
import { memoryStore, type Progress, type Store } from '@agoge/core';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accountOf } from './account';
import { accountMarkdown } from './account-markdown';
import { accountPage } from './account-page';
import { chainsOf } from './chains';
import { planHash } from './plan';
import { plannedIn, type ReproduceOptions, reproduce, resultsIn } from './reproduction';
import { runName } from './run-arm';
import { folders, openRendered, smallPlan, timeless } from './small-plan.fixture';
import { judge } from './verdict';

const plan = smallPlan();
beforeAll(() => useBackend('wasm'));

const options = (more: Partial<ReproduceOptions> = {}): ReproduceOptions => ({
  phase: 'confirm',
  open: openRendered,
  work: folders(),
  ...more,
});

async function stoppedAfter(store: Store, steps: number, more: ReproduceOptions): Promise<void> {
  const controller = new AbortController();
  let left = steps;
  const onProgress = () => {
    if (--left === 0) controller.abort(new Error('time is up'));
  };
  await expect(reproduce(store, plan, { ...more, signal: controller.signal, onProgress })).rejects.toThrow(
    'time is up',
  );
}

describe('reproduce', () => {
  it('stopped anywhere, in shards, it comes to the results of one go', { timeout: 240_000 }, async () => {
    const [whole, parts] = [memoryStore(), memoryStore()];
    const runs: number[][] = [];
    const onRun = () => runs.push([]);
    const onProgress = ({ done, total }: Progress) => runs.at(-1)?.push(done / total);
    await reproduce(whole, plan, { ...options(), onRun, onProgress });
    for (const told of runs) expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(runs.map((told) => told.at(-1))).toEqual(runs.map(() => 1));
    const inParts = options();
    await stoppedAfter(parts, 3, { ...inParts, shard: { number: 1, count: 2 } });
    expect(await resultsIn(parts, plan)).toEqual([]);
    await stoppedAfter(parts, 7, { ...inParts, shard: { number: 1, count: 2 } });
    for (const number of [2, 1]) await reproduce(parts, plan, { ...inParts, shard: { number, count: 2 } });
    const [a, b] = [await resultsIn(whole, plan), await resultsIn(parts, plan)];
    expect(timeless(b)).toEqual(timeless(a));
    expect(a.map((each) => runName({ arm: { name: each.arm }, seed: each.seed })).sort()).toEqual(
      ['extra.1', 'extra.2', 'frozen.1', 'frozen.2', 'source.1', 'source.2', 'teacher.1', 'teacher.2'].sort(),
    );

    const [first] = a.filter(({ arm }) => arm === 'frozen');
    expect(first.measures.clean).toMatchObject({ n: 12, images: expect.stringMatching(/^[01]{12}$/) });
    expect(first.measures.robust.value).toBeLessThanOrEqual(first.measures.clean.value);
    expect(first.measures.right.n).toBe(12 * first.measures.clean.value);
    expect(a.find(({ arm, seed }) => arm === 'frozen' && seed === 2)?.measures).not.toHaveProperty('right');
    expect(a.find(({ arm }) => arm === 'extra')?.scalars).toEqual([{ name: 'psilu/alpha', value: expect.any(Number) }]);

    // With results alone, as on another machine, what a run needs of those before it is trained again.
    const elsewhere = memoryStore();
    for (const name of await whole.list('')) {
      const bytes = await whole.get(name);
      if (bytes && !/(frozen|extra)/.test(name)) await elsewhere.put(name, bytes);
    }
    const lines: string[] = [];
    await reproduce(elsewhere, plan, options({ onLine: (line) => lines.push(line) }));
    expect(timeless(await resultsIn(elsewhere, plan))).toEqual(timeless(a));
    expect(lines).toContain('needs the weights of source.2, which are not here');

    const judged = judge(plan, a);
    expect(judged.map(({ difference }) => difference?.seeds)).toEqual([2, 2]);
    expect(judged[1].difference?.bySeed).toEqual(
      a.filter(({ arm }) => arm === 'extra').map(({ scalars }) => scalars[0].value - 1),
    );
    const sections = await accountOf(plan, a);
    const text = accountMarkdown('a plan', sections);
    expect(text).toContain('| all | not seen |');
    expect(text).toContain(await planHash(plan));
    expect(accountPage('a plan', sections)).toContain('>not seen</td>');
  });

  it('measures a search on held-out images, and lets it into no verdict; leaves no tensor', async () => {
    const store = memoryStore();
    const before = memory().numTensors;
    await reproduce(store, { ...plan, arms: plan.arms.slice(0, 1) }, options({ phase: 'search' }));
    expect(memory().numTensors).toBe(before);
    const [found] = await resultsIn(store, { ...plan, arms: plan.arms.slice(0, 1) }, 'search');
    expect(found).toMatchObject({ phase: 'search', seed: 9, measures: { clean: { n: 6 } } });
    expect(judge(plan, [found]).map(({ verdict }) => verdict)).toEqual(['incomplete', 'incomplete']);
  });

  it('refuses more parts than there are', async () => {
    await expect(reproduce(memoryStore(), plan, options({ shard: { number: 1, count: 5 } }))).rejects.toThrow(
      'reproduce: shard must be at most 4 parts: runs that need each other\'s weights stay together, got "1/5"',
    );
  });

  it('holds to the plan that a folder began with', async () => {
    const store = memoryStore();
    expect(await plannedIn(store, plan)).toMatchObject({ isNew: true });
    const other = { ...plan, rule: 'as we like it' };
    const { plan: kept, isNew } = await plannedIn(store, other);
    expect([kept.rule, isNew]).toEqual(['by interval', false]);
    const bytes = await store.get('small.plan.json');
    const changed = new TextDecoder().decode(bytes).replace('by interval', 'as we like it');
    await store.put('small.plan.json', new TextEncoder().encode(changed));
    await expect(plannedIn(store, plan)).rejects.toThrow('small.plan.json: is damaged: its checksum is another');

    const one = { ...plan, arms: plan.arms.slice(0, 1), claims: [] };
    await reproduce(store, one, options({ shard: { number: 1, count: 2 } }));
    await expect(resultsIn(store, { ...one, rule: 'another' })).rejects.toThrow(
      /small\/teacher\.1\.json: is of the plan/,
    );
  });
});

it('a run whose need failed fails too, and says so', async () => {
  const work = folders();
  const objective = { name: 'standard', options: {} } as const;
  const schedule = { name: 'constant', options: { learningRate: 1e30 } } as const;
  const [, source, frozen] = plan.arms;
  const broken = {
    ...plan,
    arms: [{ ...source, training: { ...source.training, objective, schedule } }, frozen],
    claims: [],
  };
  const store = memoryStore();
  await reproduce(store, broken, options({ work, shard: { number: 1, count: 2 } }));
  const [first, second] = await resultsIn(store, broken);
  expect(first).toMatchObject({ arm: 'source', failed: expect.stringMatching(/the loss is NaN|the loss is Infinity/) });
  expect(second).toMatchObject({ arm: 'frozen', failed: 'source, whose weights it needs, failed', measures: {} });
  expect(accountMarkdown('it', await accountOf(broken, [first, second]))).toContain('Runs that failed');
});

describe('chainsOf', () => {
  it('keeps together what needs each other, and an arm with its seeds', () => {
    const names = chainsOf(plan, 'confirm').map((chain) => chain.map(({ arm, seed }) => runName({ arm, seed })));
    expect(names).toEqual([
      ['teacher.1', 'extra.1'],
      ['teacher.2', 'extra.2'],
      ['source.1', 'frozen.1'],
      ['source.2', 'frozen.2'],
    ]);
  });
});
