import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, modes, type Objective, type Run, type Trainable, uniform } from '@agoge/core';
import {
  grad,
  memory,
  mul,
  oneHot,
  type Scalar,
  setBackend,
  sum,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { probabilities } from '../../test/float64';
import { handMadeNet } from '../../test/hand-made-net';
import { objectives } from '../registry';
import { adversarialTraining } from './adversarial-training';
import { alp } from './alp';
import { ascend } from './ascend';
import { inconsistency } from './consistency';
import { softCrossEntropy } from './cross-entropy';
import { divergence } from './divergence';
import { friendlyAdversarialTraining } from './friendly';
import { mart } from './mart';
import { fgsmRs } from './single-step';
import { squaredDistance } from './squared-error';
import { standard } from './standard';
import { trades } from './trades';

const n = 4;
const pixels = uniform({ seed: 3, stream: 'x' }, n * 128, 0.02, 0.98);
const images = () => tensor4d(pixels, [n, 8, 8, 2]);
const labels = () => tensor1d([0, 1, 2, 0], 'int32');
const targets = () => tidy(() => oneHot(labels(), 3, 1, 0, 'float32')) as Tensor2D;
const run = (seed = 0): Run => ({ seed, index: Float64Array.of(5, 6, 7, 8) });
const net = (more = {}) => handMadeNet({ activation: 'silu', seed: 2, ...more });

async function lossOf(objective: Objective, model: Trainable, key = run()): Promise<number> {
  const adversarial = await objective.perturb(model, images(), labels(), key);
  const [loss] = await objective.loss(model, images(), adversarial, targets(), labels()).data();
  return loss;
}

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

describe('softCrossEntropy', () => {
  it('is the mean of -sum t log p, targets smoothed', async () => {
    const rows = [
      [2, -1, 0.5],
      [0.1, 0.2, -3],
    ];
    const t = [
      [1, 0, 0],
      [0, 0.25, 0.75],
    ];
    const smooth = (each: number) => each * 0.9 + 0.1 / 3;
    const terms = rows.flatMap((z, i) => probabilities(z).map((p, k) => -smooth(t[i][k]) * Math.log(p)));
    const [got] = await softCrossEntropy(tensor2d(rows), tensor2d(t), 0.1).data();
    expect(got).toBeCloseTo(terms.reduce((a, b) => a + b, 0) / 2, 5);
  });
});

describe('divergence', () => {
  const [p, q] = [
    [
      [1, 2, -0.5],
      [0, 0, 0],
    ],
    [
      [0.5, 1, 1],
      [3, -2, 0],
    ],
  ];
  it('is sum p (log p - log q)', async () => {
    const got = await divergence(tensor2d(p), tensor2d(q)).data();
    p.forEach((row, i) => {
      const [a, b] = [probabilities(row), probabilities(q[i])];
      expect(got[i]).toBeCloseTo(
        a.reduce((total, each, k) => total + each * Math.log(each / b[k]), 0),
        5,
      );
    });
  });

  it('is finite with its gradients where probabilities round to 0 and 1', async () => {
    const huge = tensor2d([[200, -200, 0]]);
    const other = tensor2d([[-200, 200, 0]]);
    const values = await Promise.all([
      divergence(huge, other).data(),
      grad((z) => sum(divergence(z as Tensor2D, other)))(huge).data(),
      grad((z) => sum(divergence(huge, z as Tensor2D)))(other).data(),
    ]);
    expect(values[0][0]).toBeCloseTo(400, 3);
    expect(values.every((each) => each.every(Number.isFinite))).toBe(true);
  });
});

const eps = 0.06;
const balls: [string, Objective][] = [
  ['adversarialTraining', adversarialTraining({ eps, steps: 3 })],
  ['adversarialTraining from zero, l2', adversarialTraining({ eps, steps: 3, start: 'zero', norm: 'l2' })],
  ['fgsmRs', fgsmRs({ eps })],
  ['friendlyAdversarialTraining', friendlyAdversarialTraining({ eps, steps: 3 })],
  ['alp', alp({ eps, steps: 3 })],
  ['mart', mart({ eps, steps: 3 })],
  ['trades', trades({ eps, steps: 3 })],
  ['trades by Adam', trades({ eps, steps: 3, moves: 'adam', start: 'uniform' })],
  ['trades by squared errors', trades({ eps, steps: 3, measure: 'squaredError' })],
  ['trades with consistency', trades({ eps, steps: 3, consistency: 2 })],
];

describe.each(balls)('%s', (_name, objective) => {
  it('perturbs within ball and box, the same for the same key, and raises its loss', async () => {
    const model = net();
    const [x, y] = [images(), labels()];
    const [one, two] = await Promise.all([
      objective.perturb(model, x, y, run()),
      objective.perturb(model, x, y, run()),
    ]);
    const values = await one.data();
    expect(values).toEqual(await two.data());
    expect(await x.data()).toEqual(pixels);
    const size = values.map((value, i) => Math.abs(value - pixels[i]));
    expect(Math.max(...size)).toBeLessThanOrEqual(eps + 1e-6);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    const [attacked] = await objective.loss(net(), x, one, targets(), y).data();
    const [clean] = await objective.loss(net(), x, x, targets(), y).data();
    expect(attacked).toBeGreaterThan(clean);
  });

  it('leaves running statistics to the update, and no tensor', async () => {
    const model = net();
    const read = async () => Promise.all(model.buffers().map(async ({ variable }) => [...(await variable.data())]));
    const [x, y, t, start] = [images(), labels(), targets(), await read()];
    const before = memory().numTensors;
    const adversarial = await objective.perturb(model, x, y, run());
    expect(memory().numTensors).toBe(before + 1);
    expect(await read()).toEqual(start);
    const weights = model.parameters().map(({ variable }) => variable);
    const { value, grads } = variableGrads(() => objective.loss(model, x, adversarial, t, y), weights);
    expect(await read()).not.toEqual(start);
    for (const each of [value, adversarial, ...Object.values(grads)]) each.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('has the gradient that central differences find', async () => {
    const model = net();
    const adversarial = await objective.perturb(model, images(), labels(), run());
    const loss = (): Scalar => objective.loss(model, images(), adversarial, targets(), labels());
    const weights = model.parameters();
    const { grads } = variableGrads(
      loss,
      weights.map(({ variable }) => variable),
    );
    for (const { variable } of weights) {
      const start = variable.clone();
      const direction = uniform({ seed: 9, stream: 'direction' }, variable.size, -1, 1);
      const g = await grads[variable.name].data<'float32'>();
      const slope = g.reduce((total, each, i) => total + each * direction[i], 0);
      const values = await start.data();
      const ends: number[] = [];
      for (const h of [0.01, -0.01]) {
        const moved = Float32Array.from(values, (each, i) => each + h * direction[i]);
        variable.assign(tensor(moved, variable.shape));
        ends.push((await loss().data())[0]);
      }
      variable.assign(start);
      expect(Math.abs((ends[0] - ends[1]) / 0.02 - slope)).toBeLessThan(2e-3 + 0.02 * Math.abs(slope));
    }
  });
});

describe('with eps 0', () => {
  it('adversarial training is standard training', async () => {
    const loss = await lossOf(adversarialTraining({ eps: 0, steps: 2 }), net());
    expect(loss).toBe(await lossOf(standard(), net()));
  });
  it('TRADES is standard training', async () => {
    expect(await lossOf(trades({ eps: 0, steps: 2 }), net())).toBeCloseTo(await lossOf(standard(), net()), 6);
  });
});

describe('TRADES', () => {
  const logitsOf = async (model: Trainable, x: Tensor4D) =>
    (await model.forward(x, modes.update).array()) as number[][];
  const eachOf = <T>(rows: readonly (readonly number[])[], of: (row: number[], i: number) => T) =>
    rows.map((row, i) => of(probabilities(row), i));

  it('by squared errors is |p(x) - t|^2 + beta |p(x + d) - p(x)|^2, with consistency plus its weight', async () => {
    const adversarial = tidy(() => mul<Tensor4D>(images(), 0.8));
    const [clean, attacked] = [await logitsOf(net(), images()), await logitsOf(net(), adversarial)];
    const square = (a: number[], b: number[]) => a.reduce((sum, each, k) => sum + (each - b[k]) ** 2, 0);
    const label = [0, 1, 2, 0];
    const smooth = (i: number) => [0, 1, 2].map((k) => 0.7 * Number(k === label[i]) + 0.1);
    const of = eachOf(clean, (p, i) => square(p, smooth(i)) + 4 * square(p, probabilities(attacked[i])));
    const wanted = of.reduce((a, b) => a + b, 0) / n;
    const options = { eps, measure: 'squaredError', beta: 4, labelSmoothing: 0.3 } as const;
    const value = async (objective: Objective) =>
      (await objective.loss(net(), images(), adversarial, targets(), labels()).data())[0];
    expect(await value(trades(options))).toBeCloseTo(wanted, 5);

    const [more] = await inconsistency('trades', tensor2d(attacked), 0.25).data();
    expect(more).toBeGreaterThan(1e-4);
    expect(await value(trades({ ...options, consistency: 3, temperature: 0.25 }))).toBeCloseTo(wanted + 3 * more, 5);
  });

  it.each([
    ['divergence', divergence],
    ['squaredError', squaredDistance],
  ] as const)('climbs the %s that it measures by', async (measure, distance) => {
    const { climbs } = trades({ eps, measure }).options as { climbs: 'divergence' | 'squaredError' };
    const f = net().classifier(modes.craft);
    const [x, start] = [images(), tidy(() => mul<Tensor4D>(images(), 0.9))];
    const slopes = await grad((z) => sum(distance(f(x), f(z as Tensor4D))))(start).data();
    const way = { norm: 'linf', eps: 1, steps: 1, stepSize: 0.001, climbs, tau: null } as const;
    const moved = await (await ascend(f, x, labels(), start, way, run())).data();
    const from = await start.data();
    slopes.forEach((slope, i) => {
      expect(moved[i] - from[i]).toBeCloseTo(0.001 * Math.sign(slope), 6);
    });
  });

  it('moves the running statistics by both kinds of images, or by adversarial ones alone', async () => {
    const adversarial = tidy(() => mul<Tensor4D>(images(), 0.5));
    const after = async (objective: Objective) => {
      const model = net();
      objective.loss(model, images(), adversarial, targets(), labels());
      return [...(await model.buffers()[0].variable.data())];
    };
    const alone = await after(adversarialTraining({ eps }));
    expect(await after(trades({ eps, statisticsOf: 'adversarial' }))).toEqual(alone);
    expect(await after(trades({ eps }))).not.toEqual(alone);
  });
});

it('crafts by the statistics asked for', async () => {
  const modes: string[] = [];
  const heard = (model: Trainable): Trainable => ({
    ...model,
    classifier(mode) {
      modes.push(`${mode.phase} ${mode.statistics} ${mode.training}`);
      return model.classifier(mode);
    },
  });
  for (const make of [adversarialTraining, trades]) {
    await make({ eps, steps: 1 }).perturb(heard(net()), images(), labels(), run());
    await make({ eps, steps: 1, statistics: 'batch' }).perturb(heard(net()), images(), labels(), run());
  }
  expect(modes).toEqual(['craft running false', 'craft batch false', 'craft running false', 'craft batch false']);
});

it('starts elsewhere with another seed', async () => {
  for (const make of [adversarialTraining, trades]) {
    const objective = make({ eps, steps: 1, stepSize: 0.001 });
    const [one, two] = [run(0), run(1)].map((key) => objective.perturb(net(), images(), labels(), key));
    expect(await (await one).data()).not.toEqual(await (await two).data());
  }
});

it('records its options as they are in force', () => {
  expect(adversarialTraining({ eps: 0.04 })).toMatchObject({
    name: 'adversarialTraining',
    options: { norm: 'linf', eps: 0.04, steps: 10, stepSize: 0.01, start: 'uniform', statistics: 'running' },
  });
  expect(trades({ eps: 0.04 }).options).toMatchObject({ beta: 6, steps: 10, stepSize: 0.01, drops: [] });
  expect(trades({ eps: 0.04, moves: 'adam' }).options).toMatchObject({ steps: 10, stepSize: 0.1, drops: [5] });
  for (const [name, make] of Object.entries(objectives)) {
    const { options } = make({ ...(name !== 'standard' && { eps: 0.1 }) } as never);
    expect(make(options as never).options).toEqual(options);
  }
});

it.each([
  [() => adversarialTraining({} as never), 'adversarialTraining: eps must be a finite number >= 0, got undefined'],
  [() => adversarialTraining({ eps: -0.3 }), 'adversarialTraining: eps must be a finite number >= 0, got -0.3'],
  [() => adversarialTraining({ epsilon: 0.3 } as never), 'unknown option "epsilon"; did you mean "eps"?'],
  [() => adversarialTraining({ eps: 0.1, steps: 0 }), 'adversarialTraining: steps must be an integer >= 1, got 0'],
  [() => trades({ eps: 0.1, beta: Number.NaN }), 'trades: beta must be a finite number >= 0, got NaN'],
  [() => trades({ eps: 0.1, start: 'zero' }), 'trades: start must be away from the clean image'],
  [() => trades({ eps: 0.1, cleanShare: 0.2 }), 'trades: cleanShare must be away from the clean image'],
  [() => trades({ eps: 0.1, measure: 'lse' as never }), 'trades: measure must be one of "divergence", "squaredError"'],
  [
    () => trades({ eps: 0.1, measure: 'squaredError', start: 'zero' }),
    'trades: start must be away from the clean image, where what is climbed has no gradient, got "zero"',
  ],
  [() => trades({ eps: 0.1, drops: [5] }), 'trades: drops must be none without moves "adam", got [5]'],
  [() => standard({ labelSmoothing: 1 }), 'standard: labelSmoothing must be a finite number >= 0 and < 1, got 1'],
])('refuses wrong options (%#)', (make, message) => {
  expect(make).toThrow(message);
});
