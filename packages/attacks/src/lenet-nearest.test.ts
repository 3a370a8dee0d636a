import { configureOnnx } from '@agoge/backend-onnx';
import type { Attack } from '@agoge/core';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden, isPresent, lenet, mnist } from '../test/lenet';
import { ddnAttack } from './ddn';
import { deepfoolAttack } from './deepfool';
import { fabAttack } from './fab';
import { runAttacks } from './runner/runner';

// How far the reference implementations get on advertorch's LeNet5, adversarially trained and not, and MNIST, image by image.

const full = process.env.AGOGE_TEST === 'full';
/** Examples of a case, where not all are attacked. */
const share = 16;

interface GoldenCase {
  net: string;
  key: string;
  n: number;
  distance: number[];
  success: number[];
  /** Who comes out alike in float32 and float64. */
  stable?: number[];
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

describe.skipIf(!isPresent)('on LeNet5 and MNIST (needs ../shared)', () => {
  let cases: GoldenCase[];
  beforeAll(async () => {
    configureOnnx({ threads: 1 });
    await setBackend('onnx');
    cases = golden('attacks_lenet.json').cases;
  });

  /** Our distances beside theirs, where both found an image. */
  async function distances(net: string, key: string, attack: Attack) {
    const theirs = cases.find((each) => each.net === net && each.key === key);
    if (!theirs) throw new Error(`no golden case is named ${key}`);
    const { n, success, distance, stable } = theirs;
    const { records } = await runAttacks(lenet(net), mnist(full ? n : share), [attack], { batchSize: 100 });
    const met = records.filter(({ correct, index }) => correct && success[index]);
    return met.map(({ index, distance: mine }) => ({
      ...{ mine: mine ?? Number.POSITIVE_INFINITY, theirs: distance[index] },
      stable: stable?.[index] === 1,
    }));
  }

  const reference = { steps: 20, variant: 'reference' } as const;
  const attacks: Record<string, Attack> = {
    deepfool_linf: deepfoolAttack({ norm: 'linf' }),
    deepfool_l2: deepfoolAttack({ norm: 'l2' }),
    ddn100_l2_levels_None: ddnAttack(),
    ddn100_l2_levels_256: ddnAttack({ levels: 256 }),
    fab_min_linf: fabAttack({ norm: 'linf', ...reference }),
    fab_min_l2: fabAttack({ norm: 'l2', ...reference }),
    fab_min_l1: fabAttack({ norm: 'l1', ...reference }),
  };
  const keys = Object.keys(attacks);
  const settled = keys.filter((key) => key !== 'ddn100_l2_levels_256');
  const exact = [
    ...settled.map((key) => ['clntrained', key]),
    ...['deepfool_linf', 'fab_min_linf'].map((key) => ['advtrained', key]),
  ];
  it.each(exact)(
    '%s, %s: the same distances',
    async (net, key) => {
      const stable = (await distances(net, key, attacks[key])).filter((each) => each.stable);
      const close = stable.filter(({ mine, theirs }) => Math.abs(mine / theirs - 1) < 0.01);
      const medians = [median(stable.map(({ mine }) => mine)), median(stable.map(({ theirs }) => theirs))];
      if (full) process.stdout.write(`${net} ${key}: ${close.length} of ${stable.length} stable, medians ${medians}\n`);
      expect(stable.length).toBeGreaterThan(full ? 40 : 10);
      expect(stable.length - close.length).toBeLessThanOrEqual(Math.max(2, 0.05 * stable.length));
      expect(Math.abs(medians[0] / medians[1] - 1)).toBeLessThan(0.01);
    },
    full ? 6e6 : 120_000,
  );

  // Adversarial training for linf leaves gradients in l2 and l1 that rounding decides: medians, of all examples.
  const chaotic = [
    ['clntrained', 'ddn100_l2_levels_256'],
    ...keys.filter((key) => !key.endsWith('linf')).map((key) => ['advtrained', key]),
  ];
  it.runIf(full).each(chaotic)(
    '%s, %s: as near in the median',
    async (net, key) => {
      const all = await distances(net, key, attacks[key]);
      const [mine, theirs] = [median(all.map((each) => each.mine)), median(all.map((each) => each.theirs))];
      process.stdout.write(`${net} ${key}: medians ${mine}, ${theirs}\n`);
      expect(mine).toBeLessThan(1.1 * theirs);
    },
    6e6,
  );
});
