import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { type Classifier, ensureGradients, fromFunction, lossAndGradient } from '@agoge/core';
import {
  add,
  clipByValue,
  matMul,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { momentumAscent } from './apgd/momentum-ascent';
import { sparseAscent } from './apgd/sparse-ascent';
import { ascentStep } from './ascent/ascent-step';
import type { Ascent } from './ascent/climb';
import { crossEntropy, dlr, dlrTargeted, margin } from './losses';
import type { Rows } from './rows';

// The iterates of the reference implementations on a small smooth network, start and all given: float64 there.

const golden = new URL('../../../../shared/golden/attack_traces.json', import.meta.url);
type Images = number[][][][];
interface Case {
  name: string;
  attack: string;
  norm: 'Linf' | 'L2' | 'L1';
  eps: number;
  alpha: number;
  steps: number;
  loss: 'ce' | 'dlr' | 'dlr-targeted' | number[];
  y_target?: number[];
  n_iter: number;
  rho: number;
  x_init: Images;
  iterates_x: Images[];
  iterate_index: number[];
  loss_per_iterate: number[][];
  step_size_used_at_iteration: number[][];
  topk_fraction_at_iteration?: number[][];
  loss_best: number[];
  still_correct: number[];
  adv: Images;
}
interface Golden {
  model: { W1: number[][]; b1: number[]; W2: number[][]; b2: number[] };
  x: Images;
  y: number[];
  cases: Case[];
}

describe.skipIf(!existsSync(golden))('against the traces of the reference code (needs ../shared/golden)', () => {
  let read: Golden;
  let f: Classifier;
  let x: Tensor4D;
  let y: Tensor1D;

  beforeAll(async () => {
    await ensureGradients();
    read = JSON.parse(readFileSync(golden, 'utf8'));
    const { W1, b1, W2, b2 } = read.model;
    const [inner, shift, outer, last] = [tensor2d(W1), tensor1d(b1), tensor2d(W2), tensor1d(b2)];
    const network = (images: Tensor4D): Tensor2D =>
      add(matMul(tanh(add(matMul(reshape(images, [-1, 12]) as Tensor2D, inner), shift)) as Tensor2D, outer), last);
    f = fromFunction(network, { bounds: [0, 1], classes: 5 });
    x = tensor4d(read.x);
    y = tensor1d(read.y, 'int32');
  });

  const caseOf = (name: string): Case => {
    const found = read.cases.find((each) => each.name === name);
    if (!found) throw new Error(`no trace is named ${name}`);
    return found;
  };

  const worst = (mine: number[], theirs: number[]) =>
    Math.max(...mine.map((each, i) => Math.abs(each - theirs[i]) / Math.max(1, Math.abs(theirs[i]))));

  /** Loss, margin, step size and image of every iterate. */
  async function follow(ascent: Ascent<Rows>, start: Tensor4D, loss: (logits: Tensor2D) => Tensor1D) {
    const none = (): number[][] => [];
    const seen = { x: none(), loss: none(), margin: none(), stepSize: none(), share: none() };
    const data = async (each?: Rows[string]) => (each ? [...(await each.data())] : []);
    let at = start;
    let memory: Rows | undefined;
    for (let i = 0; i <= ascent.steps; i++) {
      const now = tidy(() => {
        const sight = lossAndGradient(f, at, loss);
        const score = margin(sight.logits, y);
        return { loss: sight.loss, score, ...ascent.next({ x: at, center: x, margin: score, ...sight }, memory, i) };
      });
      seen.x.push(await data(at));
      seen.loss.push(await data(now.loss));
      seen.margin.push(await data(now.score));
      seen.stepSize.push(await data(now.memory.stepSize));
      seen.share.push(await data(now.memory.share));
      ({ x: at, memory } = now);
    }
    return { ...seen, bestLoss: await data(memory?.bestLoss) };
  }

  it.each([
    'apgd_linf_ce',
    'apgd_linf_ce_zero_start',
    'apgd_linf_dlr',
    'apgd_linf_dlr_targeted',
    'apgd_l2_ce',
    'apgd_l2_dlr_targeted',
    'apgd_l1_ce',
  ])('%s takes the same way', async (name) => {
    const trace = caseOf(name);
    const { eps, n_iter: steps, rho } = trace;
    const bounds = [0, 1] as const;
    const wanted = tensor1d(trace.y_target ?? read.y, 'int32');
    const losses = {
      ce: (logits: Tensor2D) => crossEntropy(logits, y),
      dlr: (logits: Tensor2D) => dlr(logits, y),
      'dlr-targeted': (logits: Tensor2D) => dlrTargeted(logits, y, wanted),
    };
    const ascent: Ascent =
      trace.norm === 'L1'
        ? sparseAscent({ stages: [{ eps, steps }], bounds, isWarm: true, variant: 'reference' })
        : momentumAscent({ norm: trace.norm === 'L2' ? 'l2' : 'linf', eps, steps, rho, variant: 'reference', bounds });
    const start = clipByValue(tensor4d(trace.x_init), 0, 1);
    const mine = await follow(ascent, start, losses[trace.loss as keyof typeof losses]);

    trace.iterate_index.forEach((iteration, i) => {
      if (iteration > 3) return;
      expect(worst(mine.x[iteration], trace.iterates_x[i].flat(3)), `iterate ${iteration}`).toBeLessThan(1e-5);
    });
    trace.loss_per_iterate.forEach((theirs, i) => {
      expect(worst(mine.loss[i], theirs), `loss of iterate ${i}`).toBeLessThan(i < 10 ? 1e-4 : 2e-2);
    });
    // Where the reference's float64 loss stands still, float32's rounding decides what went up.
    const moves = (i: number, j: number) =>
      Math.abs(trace.loss_per_iterate[i][j] - (trace.loss_per_iterate[i - 1]?.[j] ?? 0)) > 1e-5;
    const theirs = trace.step_size_used_at_iteration;
    const decided = theirs.flatMap((row, i) =>
      row.flatMap((each, j) =>
        theirs.slice(0, i + 1).every((_, k) => moves(k, j)) ? [[each, mine.stepSize[i][j]]] : [],
      ),
    );
    const same = decided.filter(([reference, ours]) => Math.abs(ours / reference - 1) < 1e-6);
    expect(decided.length).toBeGreaterThan(30);
    expect(same.length / decided.length).toBeGreaterThanOrEqual(0.95);
    const shares = trace.topk_fraction_at_iteration?.flat() ?? [];
    const sameShares = shares.filter((each, i) => Math.abs(each - mine.share.flat()[i]) < 1e-6);
    expect(sameShares.length).toBeGreaterThanOrEqual(0.95 * shares.length);
    expect(worst(mine.bestLoss, trace.loss_best)).toBeLessThan(trace.norm === 'L1' ? 1e-2 : 1e-3);
    expect(read.y.map((_, j) => Number(mine.margin.every((margins) => margins[j] >= 0)))).toEqual(trace.still_correct);
  });

  it.each(['fgsm', 'pgd10_linf'])('%s ends at the same images', async (name) => {
    const { eps, alpha, steps, adv, loss } = caseOf(name);
    const { images, losses } = await ascend('linf', eps, alpha, steps);
    expect(worst(images, adv.flat(3))).toBeLessThan(1e-5);
    expect(worst(losses, loss as number[])).toBeLessThan(1e-5);
  });

  // The reference loses length at the bounds: it scales the whole perturbation first and clips it then. Ours ends higher.
  it('pgd10_l2 ends at a loss that is no smaller, and nearby where the bounds are far', async () => {
    const { eps, alpha, steps, adv, loss } = caseOf('pgd10_l2');
    const { images, losses } = await ascend('l2', eps, alpha, steps);
    (loss as number[]).forEach((theirs, i) => {
      expect(losses[i]).toBeGreaterThan(theirs - 1e-5);
    });
    const inside = adv[2].flat(2);
    expect(Math.min(...inside)).toBeGreaterThan(0);
    expect(worst(images.slice(24), inside)).toBeLessThan(1e-4);
  });

  async function ascend(norm: 'linf' | 'l2', eps: number, stepSize: number, steps: number) {
    const loss = (logits: Tensor2D) => crossEntropy(logits, y);
    let at = x;
    for (let i = 0; i < steps; i++) {
      at = tidy(() =>
        ascentStep(at, x, lossAndGradient(f, at, loss).gradient, { norm, eps, stepSize, bounds: [0, 1] }),
      );
    }
    return { images: [...(await at.data())], losses: [...(await loss(f(at)).data())] };
  }
});
