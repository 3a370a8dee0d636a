import { memoryStore, type Store } from '@agoge/core';
import { openDataset } from '@agoge/datasets/node';
import type { OpenData } from './arm-data';
import type { Arm, Plan } from './plan';
import type { RunResult } from './run-result';

const pgd = (steps: number) => ({ name: 'pgd', options: { norm: 'linf', eps: 0.05, steps, stepSize: 0.05 } });

/** A plan that runs in seconds: small networks, rendered shapes, gates that go from one to another, labels by a teacher. */
export function smallPlan(): Plan {
  const arm = (name: string, activation: string, more: Partial<Arm> = {}): Arm => ({
    ...{ name, data: 'shapes', augment: [], measures: ['robust', 'consistent', 'right'] },
    network: { name: 'smallCnn', options: { width: 2 } },
    activation: { name: activation, options: activation === 'sparta' ? { share: 'site' } : {} },
    training: {
      objective: { name: 'adversarialTraining', options: { norm: 'linf', eps: 0.05, steps: 1, stepSize: 0.05 } },
      optimizer: { name: 'sgd', options: { momentum: 0.9 } },
      schedule: { name: 'constant', options: { learningRate: 0.05 } },
      ...{ epochs: 2, batchSize: 8 },
    },
    validation: { attack: pgd(1), every: 1 },
    ...more,
  });
  const ofData = { name: 'shapes', options: { examples: 40, size: 8, channels: 1, classes: 2 } };
  return {
    ...{ paper: 'sparta', scale: 'small', title: 'a small plan', source: 'nobody', notes: ['no paper has it'] },
    data: { shapes: { ...ofData, training: 16, heldOut: 6, extra: 8, test: 12 } },
    arms: [
      arm('teacher', 'relu', { measures: [] }),
      arm('source', 'sparta'),
      arm('frozen', 'sparta', { gatesFrom: 'source' }),
      arm('extra', 'psilu', { extra: { fraction: 0.5, labelledBy: 'teacher' } }),
    ],
    measures: [
      { name: 'robust', kind: 'attacks', labels: 'true', attacks: [pgd(2)], images: 12 },
      { name: 'consistent', kind: 'attacks', labels: 'own', attacks: [pgd(2)], images: 12 },
      { name: 'right', kind: 'attacks', labels: 'right', attacks: [pgd(2)], images: 12, seeds: [1] },
    ],
    claims: [
      {
        ...{ id: 'frozen', statement: 'Frozen is better', treatment: 'frozen', control: 'source', metric: 'robust' },
        ...{ direction: 'higher', smallestEffect: 0.1, source: { where: 'nowhere', seen: 'ours' } },
      },
      {
        ...{ id: 'alpha', statement: 'Alpha grows', treatment: 'extra', control: 1, metric: 'psilu/alpha' },
        ...{ direction: 'higher', smallestEffect: null, source: { where: 'nowhere', seen: 'ours' } },
      },
    ],
    seeds: { search: [9], confirm: [1, 2] },
    ...{ testSeed: 0, rule: 'by interval', power: 'none', estimate: 'a second' },
    published: [{ title: 'Its table', columns: ['robust'], rows: [{ name: 'all', cells: [null], seen: 'ours' }] }],
  };
}

/** Opens the data of a plan that is rendered or embedded. */
export const openRendered: OpenData = ({ name, options }, split) => openDataset(name, { ...options, split });

/** Stores by name, as a folder has folders. */
export function folders(): (name: string) => Store {
  const stores = new Map<string, Store>();
  return (name) => {
    const store = stores.get(name) ?? memoryStore();
    stores.set(name, store);
    return store;
  };
}

/** What of results does not tell of time and machine. */
export const timeless = (results: readonly RunResult[]) =>
  results.map(({ seconds: _, environment: __, history, ...rest }) => ({
    ...rest,
    losses: history.epochs.map(({ loss }) => loss),
  }));
