import '@tensorflow/tfjs-backend-cpu';
import { type Attack, type AttackResult, blackBox } from '@agoge/core';
import { memory, reshape, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { brighter, gapsOf } from '../../test/gaps';
import { pgdAttack } from '../pgd';
import { runAttacks } from './runner';

const gaps = [0.1, 0.3, 0.5, -0.2];
const data = gapsOf(gaps.length, (example) => gaps[example]);
const f = brighter();

interface Foreign {
  norm?: Attack['norm'];
  options?: object;
  claims?: number;
  over?: Partial<AttackResult>;
}

/** An attack of somebody else: adds `change` to every image. */
function foreign(
  change: readonly [number, number],
  { norm = 'linf', options = { eps: 0.1 }, claims = 1, over }: Foreign = {},
): Attack {
  return {
    ...{ name: 'theirs', needs: 'gradient', norm, options: { ...options } },
    async run(_, x): Promise<AttackResult> {
      const n = x.shape[0];
      const moved = (await x.data()).map((pixel, i) => pixel + change[i % 2]);
      return {
        x: tensor4d(moved, x.shape),
        broken: new Uint8Array(n).fill(claims),
        distance: new Float32Array(n).fill(99),
        margin: new Float32Array(n).fill(-99),
        forwards: new Int32Array(n).fill(3),
        backwards: new Int32Array(n).fill(2),
        ...over,
      };
    },
  };
}

describe('no attack is taken at its word', () => {
  it('a claim that is wrong does not count; distance, margin and class are measured', async () => {
    const { records, attacks } = await runAttacks(f, data, [foreign([-0.1, 0.1])], { keep: 4 });
    expect(records.map(({ brokenBy }) => brokenBy)).toEqual(['theirs', null, null, null]);
    expect(attacks[0]).toMatchObject({ attempted: 3, broken: 1, newlyBroken: 1, unique: 1, refuted: 2, outside: 0 });
    expect(records[0].distance).toBeCloseTo(0.1, 6);
    expect(records[0].margin).toBeCloseTo(-0.1, 6);
    expect(records[0].loss).toBeCloseTo(Math.log(1 + Math.exp(0.1)), 6);
    expect(records.map(({ adversarialPrediction }) => adversarialPrediction)).toEqual([1, 0, 0, 1]);
    expect(records[1].margin).toBeCloseTo(0.1, 6);
    expect(records[3]).toMatchObject({ distance: 0, correct: false, forwards: 1 });
    expect([records[1].forwards, records[1].backwards]).toEqual([1 + 3 + 1, 2]);
  });

  it.each([
    ['l0', 2],
    ['none', Math.hypot(0.1, 0.1)],
  ] as const)('distances in %s are measured', async (norm, distance) => {
    const { records } = await runAttacks(f, data, [foreign([-0.1, 0.1], { norm, options: {} })]);
    expect(records[0].distance).toBeCloseTo(distance, 6);
  });

  it('what it broke without a word counts', async () => {
    const { records, attacks } = await runAttacks(f, data, [foreign([-0.1, 0.1], { claims: 0 })]);
    expect(records[0].brokenBy).toBe('theirs');
    expect(attacks[0]).toMatchObject({ broken: 1, refuted: 0 });
  });

  it('rounding is drawn back into ball and bounds', async () => {
    const near = foreign([-0.10004, 0.10004], { options: { eps: 0.1 } });
    const { records } = await runAttacks(f, data, [near]);
    expect(records[0].distance).toBeLessThanOrEqual(0.1 * (1 + 1e-6));
    const bright = gapsOf(1, () => 1);
    const { images } = await runAttacks(f, bright, [foreign([1e-7, -1e-7])], { keep: 1 });
    expect([...images[0].adversarial]).toEqual([1, 0]);
  });

  it.each<[string, Attack, string]>([
    [
      'outside its ball',
      foreign([-0.2, 0.2]),
      'runAttacks: theirs: its image of example 0 lies outside its ball: its linf size is 0.1999',
    ],
    ['outside its ball in l2', foreign([-0.1, 0.1], { norm: 'l2' }), 'lies outside its ball: its l2 size is 0.141'],
    ['outside its ball in l0', foreign([-0.1, 0.1], { norm: 'l0', options: { eps: 1 } }), 'its l0 size is 2, eps is 1'],
    ['outside its ball in l1', foreign([-0.1, 0.1], { norm: 'l1' }), 'lies outside its ball: its l1 size is 0.2'],
    [
      'outside the bounds',
      foreign([0.9, 0], { options: {} }),
      'theirs: its image of example 0 leaves the bounds [0, 1]: a pixel is 1.4',
    ],
    ['not finite', foreign([Number.NaN, 0]), 'theirs: its image of example 0 holds a pixel that is not finite: NaN'],
    [
      'not one for each',
      foreign([0, 0], { over: { broken: new Uint8Array(1) } }),
      'theirs: the broken returned must have shape [3], got [1]',
    ],
  ])('an image %s is an error', async (_, attack, message) => {
    await expect(runAttacks(f, data, [attack])).rejects.toThrow(message);
  });

  it('images of another shape are an error, and disposed of', async () => {
    const attack: Attack = {
      ...foreign([0, 0]),
      run: async (f, x, y, run) => {
        const result = await foreign([0, 0]).run(f, x, y, run);
        const reshaped = reshape(result.x, [-1, 2, 1, 1]) as Tensor4D;
        result.x.dispose();
        return { ...result, x: reshaped };
      },
    };
    const before = memory().numTensors;
    const message = 'runAttacks: theirs: the x returned must have shape [3, 1, 2, 1], got [3, 2, 1, 1]';
    await expect(runAttacks(f, data, [attack])).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});

describe('threat', () => {
  it('what lies outside breaks nothing, and is counted', async () => {
    const far = pgdAttack({ eps: 0.2, steps: 10, stepSize: 0.2, start: 'zero' });
    const free = await runAttacks(f, data, [far]);
    expect(free.records.map(({ brokenBy }) => brokenBy)).toEqual(['pgd', 'pgd', null, null]);
    const { records, attacks } = await runAttacks(f, data, [far], { threat: { norm: 'linf', eps: 0.1 } });
    expect(records.map(({ brokenBy }) => brokenBy)).toEqual([null, null, null, null]);
    expect(attacks[0]).toMatchObject({ broken: 0, outside: 2 });
    // What is outside is not the strongest that was found, either.
    expect(records[0].margin).toBeGreaterThan(0);
  });

  it.each([
    [1, null],
    [2, 'theirs'],
  ])('of %d values in l0 counts those that are changed', async (eps, brokenBy) => {
    const free = foreign([-0.1, 0.1], { options: {} });
    const { records } = await runAttacks(f, data, [free], { threat: { norm: 'l0', eps } });
    expect(records[0].brokenBy).toBe(brokenBy);
  });

  it('is refused where it is none', async () => {
    const threat = { norm: 'linf', eps: -1 } as const;
    await expect(runAttacks(f, data, [], { threat })).rejects.toThrow('runAttacks: threat: eps must be');
  });
});

describe('contributions', () => {
  const [weak, strong] = [
    foreign([-0.06, 0.06], { options: { eps: 0.1 } }),
    foreign([-0.16, 0.16], { options: { eps: 0.2 } }),
  ];

  it('of survivors: in order, and unique for the last alone', async () => {
    const { attacks } = await runAttacks(f, data, [weak, strong]);
    expect(
      attacks.map(({ attempted, broken, newlyBroken, unique }) => [attempted, broken, newlyBroken, unique]),
    ).toEqual([
      [3, 1, 1, null],
      [2, 1, 1, 1],
    ]);
  });

  it('of all: in order, and what each alone broke', async () => {
    const { attacks, records } = await runAttacks(f, data, [weak, strong, weak], { meets: 'all', batchSize: 2 });
    expect(
      attacks.map(({ attempted, broken, newlyBroken, unique }) => [attempted, broken, newlyBroken, unique]),
    ).toEqual([
      [3, 1, 1, 0],
      [3, 2, 1, 1],
      [3, 1, 0, 0],
    ]);
    const alone = await runAttacks(f, data, [weak, strong]);
    expect(records.map(({ brokenBy, distance }) => [brokenBy, distance])).toEqual(
      alone.records.map(({ brokenBy, distance }) => [brokenBy, distance]),
    );
  });
});

it('a black box is asked for the images alone: once for each before, and once after each attack', async () => {
  let asked = 0;
  const box = blackBox(
    async (x) => {
      asked += x.shape[0];
      return f(x);
    },
    { classes: 2, bounds: [0, 1], output: 'logits' },
  );
  const { records } = await runAttacks(box, data, [foreign([-0.1, 0.1])], { batchSize: 3 });
  expect(records.map(({ brokenBy }) => brokenBy)).toEqual(['theirs', null, null, null]);
  // Four examples, of which three are correct; the attack of this test asks nothing, whatever it says.
  expect(asked).toBe(4 + 3);
});
