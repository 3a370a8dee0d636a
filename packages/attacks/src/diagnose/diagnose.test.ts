import '@agoge/backend-onnx';
import '@tensorflow/tfjs-backend-cpu';
import { useBackend } from '@agoge/backends';
import { blackBox, type Classifier, fromFunction, type Progress } from '@agoge/core';
import { cast, greater, memory, mul, range, reshape, setBackend, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { defences, type Network, patterns, sound, trained, trainedFor } from '../../test/defences';
import { isPresent, lenet, mnist } from '../../test/lenet';
import type { Check } from './check';
import { type DiagnoseOptions, diagnose } from './diagnose';
import { diagnosisTable } from './diagnosis-table';

const data = patterns(24, 2);
const small = { eps: 2 * trainedFor, steps: 40, queries: 200 };

let network: Network;
beforeAll(async () => {
  network = await trained(trainedFor);
});

const found = (f: Classifier, options: Partial<DiagnoseOptions> = {}) => diagnose(f, data, { ...small, ...options });
const named = (checks: readonly Check[], verdict: Check['verdict']) =>
  checks.filter((check) => check.verdict === verdict).map(({ name }) => name);
const ofTransfer = ['transfer failure', 'surrogate beats gradients'];

describe('a network that is soundly trained', () => {
  it.each([
    ['linf', small.eps],
    ['l2', 0.8],
    ['l1', 4],
  ] as const)('raises no warning in %s', async (norm, eps) => {
    const { checks } = await found(sound(network), { norm, eps });
    expect(named(checks, 'warning')).toEqual([]);
    expect(named(checks, 'not checked')).toEqual(ofTransfer);
  });

  it('raises none beside a surrogate that is itself', async () => {
    const { checks } = await found(sound(network), { surrogate: sound(network) });
    expect(checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  });

  it('gives the same in other batches, and counts what it asks for', async () => {
    let asked = 0;
    const f = sound(network);
    const counted = Object.assign((x: Tensor4D) => {
      asked += x.shape[0];
      return f(x);
    }, f);
    const before = memory().numTensors;
    const whole = await diagnose(counted, data, small);
    expect(memory().numTensors).toBe(before);
    expect(whole.passes.forwards).toBe(asked);
    expect(whole.passes.backwards).toBeGreaterThan(24 * small.steps);
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
    const parts = await diagnose(f, data, { ...small, batchSize: 7 });
    parts.checks.forEach(({ name, verdict, measured }, i) => {
      expect({ name, verdict }).toEqual({ name, verdict: whole.checks[i].verdict });
      if (measured !== null) expect(measured).toBeCloseTo(whole.checks[i].measured ?? Number.NaN, 5);
    });
  });
});

const [black, whole, free] = ['black box beats gradients', 'robust at eps = range', 'unconstrained attack fails'];
const [steps, eps] = ['more steps help the defender', 'more eps helps the defender'];

/** The checks that each defence sets off; those that it may, where that hangs on what is drawn. */
const expected: Record<keyof typeof defences, { must: string[]; may?: string[] }> = {
  'dropout at inference': {
    must: ['randomised output', 'silent success'],
    may: ['unstable predictions', 'incomplete optimisation', black, steps, eps, whole, free],
  },
  'softmax output': { must: ['softmax output'] },
  'quantised input': { must: ['zero gradients', black, whole, free] },
  'logits times a million': { must: ['saturated loss', whole] },
  'gradient-killing layer': { must: ['zero gradients', black, whole, free] },
  'misleading gradient': { must: [black, whole, free] },
  'thermometer code': { must: ['zero gradients', black] },
  'winners take all': { must: [black] },
  'rippled input': { must: ['unstable predictions', eps], may: [black, steps, whole, free] },
  'noisy gradient': { must: ['incomplete optimisation'], may: [black, eps, whole, free] },
  'optimiser at inference': { must: ['optimisation at inference'] },
  'normalised by the batch': { must: ['dependence on the batch'], may: [black, steps, eps] },
  'running statistics': { must: ['state at inference'], may: ['silent success'] },
  'root at zero': { must: ['gradients that are not finite', black] },
  'logarithm of zero': { must: ['outputs that are not finite', 'gradients that are not finite'] },
  'steep for some': { must: ['exploding gradients'], may: ['unstable predictions'] },
  'remembers the last query': { must: [steps, eps, whole] },
};

describe('defences x checks', () => {
  const fired = new Set<string>();
  it.each(Object.entries(expected))('%s', async (name, { must, may = [] }) => {
    const before = memory().numTensors;
    const { checks } = await found(defences[name as keyof typeof defences](network));
    expect(memory().numTensors).toBe(before);
    const warned = named(checks, 'warning');
    expect(warned.filter((each) => !may.includes(each)).sort()).toEqual([...must].sort());
    for (const check of checks) {
      expect(check.remedy === null).toBe(check.verdict !== 'warning');
      expect(check.measured === null).toBe(check.verdict === 'not checked');
    }
    for (const each of warned) fired.add(each);
  });

  it('too few classes for the difference of logits ratio', async () => {
    const f = sound(network);
    const three = fromFunction((x) => slice(f(x), [0, 0], [-1, 3]), { classes: 3, bounds: [0, 1] });
    // The first three images are of the first three classes.
    const { checks } = await diagnose(three, { ...patterns(3, 2), classes: 3 }, { ...small, eps: trainedFor });
    expect(named(checks, 'warning')).toEqual(['classes for the difference of logits ratio']);
    fired.add('classes for the difference of logits ratio');
  });

  it('a surrogate breaks what gradients do not', async () => {
    const { checks } = await found(defences['gradient-killing layer'](network), { surrogate: sound(network) });
    expect(named(checks, 'warning')).toContain('surrogate beats gradients');
    expect(named(checks, 'ok')).toContain('transfer failure');
    fired.add('surrogate beats gradients');
  });

  it('a surrogate that sees a third of each image says little of what sees it all', async () => {
    const f = sound(network);
    const third = cast(greater(reshape(range(0, 36), [1, 6, 6, 1]), 23), 'float32');
    const partial = fromFunction((x) => f(mul<Tensor4D>(x, mul(third, 3))), { classes: 4, bounds: [0, 1] });
    const { checks } = await found(f, { eps: 0.15, surrogate: partial });
    expect(named(checks, 'warning')).toEqual(['transfer failure']);
    fired.add('transfer failure');
  });

  it('leaves no check without a defence that it fires on', async () => {
    const { checks } = await found(sound(network), { examples: 4, queries: 1, steps: 20 });
    expect(checks.map(({ name }) => name).filter((name) => !fired.has(name))).toEqual([]);
  });
});

describe('diagnose', () => {
  it('refuses what it cannot take, by name', async () => {
    const f = sound(network);
    const refused = (options: object) => diagnose(f, data, options as DiagnoseOptions);
    await expect(refused({})).rejects.toThrow('diagnose: eps must be a finite number > 0, got undefined');
    await expect(refused({ eps: 0 })).rejects.toThrow('diagnose: eps must be a finite number > 0, got 0');
    await expect(refused({ eps: 0.1, step: 3 })).rejects.toThrow('diagnose: unknown option "step"');
    await expect(refused({ eps: 0.1, steps: 5 })).rejects.toThrow('diagnose: steps must be an integer >= 20, got 5');
    const box = blackBox(async (x) => f(x), { classes: 4, bounds: [0, 1], output: 'logits' });
    await expect(diagnose(box, data, small)).rejects.toThrow('diagnose: needs a classifier of tfjs ops');
    await expect(diagnose(f, { ...data, classes: 3 }, small)).rejects.toThrow("have the model's 4 classes, got 3");
  });

  it('tells how far it is, and ends at the next step once aborted, without a leak', async () => {
    const told: Progress[] = [];
    await found(sound(network), { examples: 4, steps: 20, queries: 5, onProgress: (each) => void told.push(each) });
    const shares = told.map(({ done, total }) => done / total);
    expect(Math.max(...shares)).toBe(1);
    expect(shares.at(-1)).toBe(1);
    const before = memory().numTensors;
    for (const at of [1, 40, 150]) {
      const controller = new AbortController();
      let steps = 0;
      const onProgress = () => {
        if (++steps === at) controller.abort(new Error('enough'));
      };
      const aborted = found(sound(network), { signal: controller.signal, onProgress });
      await expect(aborted).rejects.toThrow('enough');
      expect(steps).toBeLessThanOrEqual(at + 1);
      expect(memory().numTensors).toBe(before);
    }
  });

  it('prints a table, with a remedy for each warning', async () => {
    const few = { examples: 4, queries: 5, steps: 20 };
    const diagnosis = await found(defences['softmax output'](network), few);
    const lines = diagnosisTable(diagnosis).split('\n');
    const remedies = diagnosis.checks.flatMap(({ remedy }) => remedy ?? []);
    expect(lines).toHaveLength(1 + diagnosis.checks.length + 1 + remedies.length + 1 + 1 + 1);
    expect(lines[2]).toMatch(/^softmax output +WARNING +1 +0\.5 +The outputs of 4 of 4 examples sum to 1/);
    expect(lines).toContainEqual(expect.stringMatching(/^softmax output: Give the model without its softmax/));
    const { forwards, backwards } = diagnosis.passes;
    expect(lines.at(-2)).toBe(`4 examples, ${forwards} forward and ${backwards} backward passes over an image`);
  });
});

it('raises no warning on onnx, where steps are compiled, and measures what cpu measures', async () => {
  const some = { examples: 8, steps: 20, queries: 50 };
  const here = await found(sound(network), some);
  await setBackend('onnx');
  const there = await found(sound(network), some);
  await setBackend('cpu');
  expect(named(there.checks, 'warning')).toEqual([]);
  there.checks.forEach(({ name, verdict, measured }, i) => {
    expect({ name, verdict }).toEqual({ name, verdict: here.checks[i].verdict });
    if (measured !== null) expect(measured).toBeCloseTo(here.checks[i].measured ?? Number.NaN, 3);
  });
});

describe.skipIf(!isPresent)('on LeNet5 and MNIST (needs ../shared)', () => {
  it('raises no warning for the network that advertorch trained adversarially', { timeout: 300_000 }, async () => {
    await useBackend('wasm');
    const { checks } = await diagnose(lenet('advtrained'), mnist(16), { eps: 0.3, queries: 200 });
    expect(checks.filter(({ verdict }) => verdict === 'warning')).toEqual([]);
  });
});
