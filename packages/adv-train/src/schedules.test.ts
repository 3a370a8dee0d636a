import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constant, cosine, linear, oneCycle, piecewise, type Schedule } from './schedules';

/** The rate after so many epochs, whole or not, of a run of 1000 steps an epoch. */
const after = (schedule: Schedule, t: number, epochs: number) =>
  schedule.at({ step: t * 1000, epoch: Math.floor(t), totalSteps: epochs * 1000, stepsPerEpoch: 1000 });
const atStep = (schedule: Schedule, step: number, totalSteps: number, stepsPerEpoch: number) =>
  schedule.at({ step, epoch: Math.floor(step / stepsPerEpoch), totalSteps, stepsPerEpoch });

describe('piecewise', () => {
  it('falls when a milestone is reached, at the step where that lies within an epoch', () => {
    const schedule = piecewise({ learningRate: 0.2, milestones: [3, 1.5], factor: 0.5 });
    const rates = [0, 1499, 1500, 2999, 3000, 9000].map((step) => atStep(schedule, step, 10_000, 1000));
    expect(rates).toEqual([0.2, 0.2, 0.1, 0.1, 0.05, 0.05]);
  });
});

describe('cosine', () => {
  it('starts at the top, passes the middle half way, ends low', () => {
    const schedule = cosine({ learningRate: 0.4, final: 0.1 });
    expect([0, 500, 1000].map((step) => atStep(schedule, step, 1000, 10))).toEqual([
      0.4,
      expect.closeTo(0.25, 12),
      expect.closeTo(0.1, 12),
    ]);
    expect(atStep(schedule, 250, 1000, 10)).toBeCloseTo(0.1 + 0.3 * (0.5 + Math.SQRT1_2 / 2), 12);
  });

  it('rises in a line while it warms up, then falls over the rest', () => {
    const schedule = cosine({ learningRate: 0.4, warmup: 2, initial: 0.1 });
    const rates = [0, 10, 20, 60, 100].map((step) => atStep(schedule, step, 100, 10));
    [0.1, 0.25, 0.4, 0.2, 0].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
  });

  it('stays finite where the warm-up takes the whole run', () => {
    const schedule = cosine({ warmup: 9 });
    expect([0, 1, 2].map((step) => atStep(schedule, step, 2, 2)).every(Number.isFinite)).toBe(true);
  });
});

it("takes the sources' 0.1 unless told", () => {
  expect(constant().at({ step: 7, epoch: 0, totalSteps: 9, stepsPerEpoch: 9 })).toBe(0.1);
  expect(after(cosine(), 0, 5)).toBe(0.1);
  expect(after(piecewise({ milestones: [] }), 4, 5)).toBe(0.1);
});

it.each([
  [() => constant({ learningRate: -1 }), 'constant: learningRate must be a finite number >= 0, got -1'],
  [() => piecewise({ milestones: [1, Number.NaN] }), 'piecewise: milestones must be an array of a finite number >= 0'],
  [() => piecewise({} as never), 'piecewise: milestones must be an array'],
  [() => piecewise({ milestones: [1], factor: 0 }), 'piecewise: factor must be a finite number > 0 and <= 1, got 0'],
  [() => linear({ points: [[0, 1]] }), 'linear: points must be corners whose shares rise from 0 to 1, got [0]'],
  [
    () =>
      linear({
        points: [
          [0, -1],
          [1, 0],
        ],
      }),
    'linear: points must be an array of [share of the run, rate]',
  ],
  [() => oneCycle({} as never), 'oneCycle: learningRate must be a finite number >= 0, got undefined'],
  [() => cosine({ warmUp: 1 } as never), 'cosine: unknown option "warmUp"; did you mean "warmup"?'],
])('refuses what is no schedule (%#)', (make, message) => {
  expect(make).toThrow(message);
});

const path = new URL('../../../../shared/golden/schedules.json', import.meta.url);
const there = existsSync(path);
interface Recorded {
  name: string;
  unit: string;
  epochs?: number;
  index?: number[];
  t?: number[];
  lr: number[];
}
const golden: Recorded[] = there ? JSON.parse(readFileSync(path, 'utf8')).learning_rates : [];

/** The recipes that these schedules can say. Epochs that count from 1 are one less finished. */
const recipes: Record<string, (recorded: Recorded) => number[]> = {
  pang2021_110epochs: epochs(piecewise({ milestones: [100, 105] })),
  rice2020_multistep_200epochs: epochs(piecewise({ milestones: [100, 150] })),
  rice_piecewise: epochs(piecewise({ milestones: [100, 150] })),
  rice_cosine: epochs(cosine()),
  bag_of_tricks_piecewise_base: epochs(piecewise({ milestones: [100, 105] })),
  trades_cifar10: epochs(piecewise({ milestones: [74, 89, 99] }), 1),
  trades_mnist: epochs(piecewise({ learningRate: 0.01, milestones: [54, 74, 89] }), 1),
  mart_resnet: epochs(piecewise({ learningRate: 0.01, milestones: [74, 89, 99] }), 1),
  paf_cosine_per_batch: steps(cosine({ final: 0.001 }), 200 * 195, 195),
  paf_warmup: steps(cosine({ warmup: 5, initial: 0.005 }), 200 * 195, 195),
  rice_superconverge: epochs(
    linear({
      points: [
        [0, 0],
        [0.4, 0.1],
        [1, 0],
      ],
    }),
  ),
  rice_linear: epochs(
    linear({
      points: [
        [0, 0.1],
        [66 / 200, 0.1],
        [133 / 200, 0.01],
        [1, 0.001],
      ],
    }),
  ),
  wong2020_cyclic_cifar10: steps(
    linear({
      points: [
        [0, 0],
        [0.5, 0.2],
        [1, 0],
      ],
    }),
    5865,
    391,
  ),
  wong2020_mnist_cyclic: epochs(
    linear({
      points: [
        [0, 0],
        [0.4, 0.005],
        [1, 0],
      ],
    }),
  ),
  imrahulr_cosinew_onecycle: epochs(oneCycle({ learningRate: 0.4, rise: 0.025, every: 'epoch' }), 0, 400),
  'imrahulr_cyclic_onecycle_pct0.25': steps(oneCycle({ learningRate: 0.21 }), 3910, 391),
  deepmind_cosine_warmup: steps(cosine({ learningRate: 0.4, warmup: 10 }), 19_200, 48),
};

function epochs(schedule: Schedule, first = 0, most = 200) {
  return ({ t, index = [], epochs: all = most }: Recorded) =>
    (t ?? index).map((each) => after(schedule, each - first, all));
}
function steps(schedule: Schedule, totalSteps: number, stepsPerEpoch: number) {
  return ({ index = [] }: Recorded) => index.map((step) => atStep(schedule, step, totalSteps, stepsPerEpoch));
}

it.skipIf(!there).each(Object.keys(recipes))('has the rates of %s (needs ../shared/golden)', (name) => {
  const recorded = golden.find((each) => each.name === name);
  expect(recorded).toBeDefined();
  if (!recorded) return;
  const rates = recipes[name](recorded);
  recorded.lr.forEach((rate, i) => {
    expect(Math.abs(rates[i] - rate), `at ${(recorded.t ?? recorded.index)?.[i]}`).toBeLessThanOrEqual(
      1e-9 + 1e-6 * rate,
    );
  });
});
