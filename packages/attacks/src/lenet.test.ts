import { configureOnnx } from '@agoge/backend-onnx';
import { type Attack, ensureGradients, lossAndGradient } from '@agoge/core';
import { setBackend, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden, isPresent, lenet, mnist } from '../test/lenet';
import { apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { fgsmAttack } from './fgsm';
import { crossEntropy } from './losses';
import { pgdAttack } from './pgd';
import { isRobust } from './runner/records';
import { runAttacks } from './runner/runner';

// Where nothing is random, example by example: the reference implementations on advertorch's LeNet5, adversarially trained and
// not, on MNIST. `stable` marks those that come out alike in float32 and float64 there.

interface GoldenCase {
  net: string;
  key: string;
  n: number;
  robust: number[];
  stable: number[];
  ce_loss: number[];
  margin: number[];
  pred: number[];
  grad_l2: number[];
}

const full = process.env.AGOGE_TEST === 'full';
/** Examples of a case, where not all are attacked. */
const share = 16;
const nets = ['advtrained', 'clntrained'];

describe.skipIf(!isPresent)('on LeNet5 and MNIST (needs ../shared)', () => {
  let cases: GoldenCase[];
  beforeAll(async () => {
    configureOnnx({ threads: 1 });
    await setBackend('onnx');
    await ensureGradients();
    cases = golden('attacks_lenet.json').cases;
  });

  function goldenCase(net: string, key: string): GoldenCase {
    const found = cases.find((each) => each.net === net && each.key === key);
    if (!found) throw new Error(`no golden case is named ${key}`);
    return found;
  }

  async function attacked(net: string, key: string, attacks: Attack[], most = Infinity) {
    const theirs = goldenCase(net, `${key}_float32`);
    const { records } = await runAttacks(lenet(net), mnist(Math.min(theirs.n, most)), attacks, { batchSize: 250 });
    return { records, theirs, stable: records.filter((_, i) => theirs.stable[i]) };
  }

  it.each(nets)('%s: the clean images', async (net) => {
    const { records, theirs } = await attacked(net, 'clean', []);
    expect(records.map(({ prediction }) => prediction)).toEqual(theirs.pred);
    records.forEach(({ cleanMargin, loss }, i) => {
      expect(Math.abs(cleanMargin - theirs.margin[i])).toBeLessThan(1e-4);
      // The reference takes the difference of two logarithms, which float32 rounds to multiples of 1.2e-7.
      expect(Math.abs(loss - theirs.ce_loss[i])).toBeLessThan(2e-7 + 1e-4 * theirs.ce_loss[i]);
    });
  });

  // Equal pixels make equal features, and rounding decides which of them a maximum is: then one of several subgradients.
  it.each(nets)('%s: the gradient of confident examples too, in float32', async (net) => {
    const { grad_l2 } = goldenCase(net, 'ce_gradient_float32_vs_float64');
    const f = lenet(net);
    for await (const { x, shape, y } of mnist(200).batches({ batchSize: 200 })) {
      const [images, labels] = [tensor4d(x as Float32Array, shape), tensor1d(y, 'int32')];
      const { gradient } = lossAndGradient(f, images as Tensor4D, (logits) => crossEntropy(logits, labels));
      const values = await gradient.data();
      const apart = grad_l2.filter(
        (theirs, i) => Math.abs(Math.hypot(...values.subarray(784 * i, 784 * (i + 1))) / theirs - 1) > 0.01,
      );
      expect(apart.length).toBeLessThanOrEqual(4);
    }
  });

  it.each(nets)('%s: the losses after one step', async (net) => {
    const { stable, theirs } = await attacked(net, 'fgsm_linf_0.3', [fgsmAttack({ eps: 0.3 })]);
    const attackedOnes = stable.filter(({ correct }) => correct);
    const close = attackedOnes.filter(({ loss, index }) => Math.abs(loss / theirs.ce_loss[index] - 1) < 0.05);
    expect(close.length).toBeGreaterThanOrEqual(0.95 * attackedOnes.length);
  });

  const asTheirs = { start: 'zero', variant: 'reference' } as const;
  const attacks: [key: string, attack: Attack, examples?: number][] = [
    ['fgsm_linf_0.3', fgsmAttack({ eps: 0.3 }), 200],
    ['pgd40_linf_0.3', pgdAttack({ eps: 0.3, steps: 40, stepSize: 0.01, start: 'zero' })],
    ['apgd_ce_linf_0.3_zero_start', apgdAttack({ eps: 0.3, ...asTheirs })],
    ['apgd_t_rank2_linf_0.3_zero_start', apgdTargetedAttack({ eps: 0.3, rivals: 1, ...asTheirs })],
    ['apgd_ce_l2_2.0_zero_start', apgdAttack({ norm: 'l2', eps: 2, ...asTheirs })],
  ];
  const both = nets.flatMap((net) => attacks.map(([key, attack, examples]) => [net, key, attack, examples] as const));
  it.each(both)('%s, %s: the same stable examples fall', async (net, key, attack, examples = full ? 200 : share) => {
    const { stable, theirs } = await attacked(net, key, [attack], examples);
    const apart = stable.filter((each) => Number(isRobust(each)) !== theirs.robust[each.index]);
    expect(apart.map(({ index }) => index)).toEqual([]);
  });

  // The reference scales, then clips; ours takes the nearest point of ball and box, which uses the whole ball.
  it.each(nets)('%s, PGD in l2: whoever falls there falls here', async (net) => {
    const pgd = pgdAttack({ norm: 'l2', eps: 2, steps: 40, stepSize: 0.2, start: 'zero' });
    const { stable, theirs } = await attacked(net, 'pgd40_l2_2.0', [pgd], full ? 100 : share);
    const weaker = stable.filter((each) => isRobust(each) && theirs.robust[each.index] === 0);
    expect(weaker.map(({ index }) => index)).toEqual([]);
  });
});
