import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { ensureGradients, modes, type Objective } from '@agoge/core';
import {
  memory,
  oneHot,
  setBackend,
  type Tensor2D,
  tensor1d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Activation, handMadeNet, logitsOf } from '../test/hand-made-net';
import { awp } from './awp';
import { adversarialTraining } from './objectives/adversarial-training';
import { ascend } from './objectives/ascend';
import { mart } from './objectives/mart';
import { trades } from './objectives/trades';
import { sgd } from './sgd';
import { trainingStep } from './training-step';

/** Two training steps in PyTorch and float64 (see its README): skipped where the figures are not there. */
const path = new URL('../../../../shared/golden/trades_step.json', import.meta.url);
const there = existsSync(path);

interface Steps {
  loss: [number, number];
  gradients: Record<string, unknown>;
  bn_after_step1: Record<string, unknown>;
  bn_after_step2: Record<string, unknown>;
  weights_after_step2: Record<string, unknown>;
}
interface Awp {
  loss_at_perturbed: number;
  weights_after_step_and_restore: Record<string, unknown>;
  bn_after: Record<string, unknown>;
}
interface Case {
  activation: Activation;
  activation_params: { alpha?: number; beta?: number };
  logits_eval_mode_clean: number[][];
  inner_attack_trades: { x_adv: number[][][][] };
  x_adv: number[][][][];
  trades_beta6: Steps;
  trades_beta6_two_forwards: Steps;
  pgd_at: Steps;
  pgd_at_nesterov: Steps;
  pgd_at_pssilu_reg?: { loss: number; grad_beta_after_clip: [number] };
  inner_attack_mart?: { x_adv: number[][][][] };
  mart_beta5?: Steps;
  'awp_at_gamma0.01': Awp;
  'awp_trades_gamma0.005'?: Awp;
}
interface Golden {
  initial_weights: Record<string, unknown>;
  x: number[][][][];
  y: number[];
  noise: number[][][][];
  cases: Case[];
}

const golden: Golden = there ? JSON.parse(readFileSync(path, 'utf8')) : { cases: [] };
const flat = (nested: unknown): number[] => [nested].flat(9) as number[];
const images = (nested: number[][][][]) => tensor4d(nested);
const perturbed = (objective: Objective, adversarial: number[][][][]): Objective => ({
  ...objective,
  perturb: async () => images(adversarial),
});

function net({ activation, activation_params: { alpha, beta } }: Case, more = {}) {
  const weights = { ...golden.initial_weights, 'act.alpha': [alpha], 'act.beta': [beta] };
  return handMadeNet({ activation, weights, ...more });
}

const batch = () => ({
  x: Float32Array.from(flat(golden.x)),
  shape: [4, 8, 8, 2] as [number, number, number, number],
  y: Int32Array.from(golden.y),
  index: Float64Array.of(0, 1, 2, 3),
});

function expectNear(got: ArrayLike<number>, wanted: unknown, absolute: number, relative: number, what: string) {
  const values = flat(wanted);
  expect(got.length, what).toBe(values.length);
  values.forEach((value, i) => {
    expect(Math.abs(got[i] - value), `${what}[${i}]: ${got[i]} for ${value}`).toBeLessThan(
      absolute + relative * Math.abs(value),
    );
  });
}

/** Makes two steps of learning rate 0.1 and compares losses, running statistics and weights. */
async function twoSteps(model: ReturnType<typeof handMadeNet>, objective: Objective, steps: Steps, nesterov: boolean) {
  const optimizer = sgd({ momentum: 0.9, weightDecay: 5e-4, nesterov });
  const parameters = model.parameters();
  const trainer = { model, parameters, objective, optimizer, state: optimizer.init(parameters) };
  for (const [i, statistics] of [steps.bn_after_step1, steps.bn_after_step2].entries()) {
    const { loss } = await trainingStep(trainer, batch(), { seed: 0, index: batch().index }, { learningRate: 0.1 });
    expectNear([loss], steps.loss[i], 0, 1e-5, `loss of step ${i + 1}`);
    for (const { name, variable } of statistics ? model.buffers() : []) {
      expectNear(await variable.data(), statistics[name], 1e-5, 1e-5, `${name} after step ${i + 1}`);
    }
  }
  for (const { name, variable } of steps.weights_after_step2 ? parameters : []) {
    expectNear(await variable.data(), steps.weights_after_step2[name], 1e-5, 0, `${name} after step 2`);
  }
}

/** What is crafted from the noise of the figures. */
async function craftedFrom(model: ReturnType<typeof handMadeNet>, climbs: 'crossEntropy' | 'divergence') {
  const x = images(golden.x);
  const noise = flat(golden.noise);
  const start = tensor4d(
    flat(golden.x).map((each, i) => each + 0.001 * noise[i]),
    x.shape,
  );
  const ascent = { norm: 'linf', eps: 0.031, steps: 10, stepSize: 0.007, climbs, tau: null } as const;
  const run = { seed: 0, index: batch().index };
  return (await ascend(model.classifier(modes.craft), x, tensor1d(golden.y, 'int32'), start, ascent, run)).data();
}

/** An ascent by signs turns another way where a gradient is almost 0. */
function expectMostNear(got: ArrayLike<number>, wanted: number[]) {
  const near = wanted.filter((value, i) => Math.abs(value - got[i]) < 1e-5).length;
  expect(near / wanted.length).toBeGreaterThanOrEqual(0.99);
}

async function gradients(model: ReturnType<typeof handMadeNet>, objective: Objective, c: Case) {
  const [x, adversarial, y] = [images(golden.x), images(c.x_adv), tensor1d(golden.y, 'int32')];
  const target = tidy(() => oneHot(y, 3, 1, 0, 'float32')) as Tensor2D;
  const { value, grads } = variableGrads(() => objective.loss(model, x, adversarial, target, y));
  const [loss] = await value.data();
  const byName = new Map<string, Float32Array>();
  for (const { name, variable } of model.parameters()) byName.set(name, await grads[variable.name].data<'float32'>());
  return { loss, byName };
}

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

describe.skipIf(!there).each(golden.cases.map((each) => [each.activation, each] as const))(
  'a step with %s (needs ../shared/golden)',
  (_name, c) => {
    it('starts from the same net', async () => {
      expectNear(await logitsOf(net(c), images(golden.x)), c.logits_eval_mode_clean, 1e-5, 1e-5, 'logits');
    });

    it('crafts the images of TRADES from the same noise', async () => {
      expectMostNear(await craftedFrom(net(c), 'divergence'), flat(c.inner_attack_trades.x_adv));
    });

    it.each(['trades', 'pgd'] as const)('has the loss and gradients of %s', async (which) => {
      const steps = which === 'trades' ? c.trades_beta6 : c.pgd_at;
      const objective = which === 'trades' ? trades({ eps: 0.031 }) : adversarialTraining({ eps: 0.031 });
      const { loss, byName } = await gradients(net(c), objective, c);
      expectNear([loss], steps.loss[0], 0, 1e-5, 'loss');
      for (const [name, g] of byName) expectNear(g, steps.gradients[name], 1e-5, 1e-4, name);
    });

    it('makes the steps of TRADES', async () => {
      const steps = { ...c.trades_beta6_two_forwards, weights_after_step2: c.trades_beta6.weights_after_step2 };
      await twoSteps(net(c), perturbed(trades({ eps: 0.031 }), c.x_adv), steps, false);
    });

    it('makes the steps of PGD-AT, also with Nesterov', async () => {
      const objective = perturbed(adversarialTraining({ eps: 0.031 }), c.x_adv);
      await twoSteps(net(c), objective, c.pgd_at, false);
      await twoSteps(net(c), objective, c.pgd_at_nesterov, true);
    });

    const { inner_attack_mart: crafted, mart_beta5: martSteps } = c;
    if (crafted && martSteps)
      it('crafts the images of MART and makes its steps', async () => {
        const got = await craftedFrom(net(c), 'crossEntropy');
        expectMostNear(got, flat(crafted.x_adv));
        await twoSteps(net(c), perturbed(mart({ eps: 0.031 }), c.x_adv), martSteps, false);
      });

    const moved: [string, Objective, number, Awp | undefined][] = [
      ['adversarial training', adversarialTraining({ eps: 0.031 }), 0.01, c['awp_at_gamma0.01']],
      ['TRADES', trades({ eps: 0.031 }), 0.005, c['awp_trades_gamma0.005']],
    ];
    for (const [what, objective, gamma, wanted] of moved) {
      if (!wanted) continue;
      it(`makes a step of ${what} at the weights that AWP moves`, async () => {
        const model = net(c);
        const optimizer = sgd({ momentum: 0.9, weightDecay: 5e-4 });
        const parameters = model.parameters();
        const state = optimizer.init(parameters);
        const trainer = { model, parameters, objective: perturbed(objective, c.x_adv), optimizer, state };
        const setting = { learningRate: 0.1, weightPerturbation: awp({ gamma }) };
        const { loss } = await trainingStep(trainer, batch(), { seed: 0, index: batch().index }, setting);
        expectNear([loss], wanted.loss_at_perturbed, 0, 1e-5, 'loss');
        for (const { name, variable } of parameters) {
          expectNear(await variable.data(), wanted.weights_after_step_and_restore[name], 1e-5, 1e-5, name);
        }
        // The source's TRADES sends the clean images forward a third time.
        for (const { name, variable } of gamma === 0.01 ? model.buffers() : []) {
          expectNear(await variable.data(), wanted.bn_after[name], 1e-5, 1e-5, name);
        }
      });
    }

    const { pgd_at_pssilu_reg: penalized } = c;
    if (penalized)
      it("makes PAF's step: penalty 10 |beta|, its gradient clipped to 0.1", async () => {
        const { loss: wanted, grad_beta_after_clip } = penalized;
        const model = net(c, { penalty: 10, clipNorm: 0.1 });
        const objective = perturbed(adversarialTraining({ eps: 0.031 }), c.x_adv);
        const optimizer = sgd({ momentum: 0, weightDecay: 0 });
        const parameters = model.parameters();
        const trainer = { model, parameters, objective, optimizer, state: optimizer.init(parameters) };
        const { loss } = await trainingStep(trainer, batch(), { seed: 0, index: batch().index }, { learningRate: 1 });
        expectNear([loss], wanted, 0, 1e-5, 'loss');
        const beta = parameters.find(({ name }) => name === 'act.beta');
        const [after] = (await beta?.variable.data()) ?? [];
        expect((c.activation_params.beta ?? 0) - after).toBeCloseTo(grad_beta_after_clip[0], 6);
      });
  },
);

it.skipIf(!there)('leaves no tensor behind (needs ../shared/golden)', async () => {
  const [c] = golden.cases;
  const model = net(c);
  const optimizer = sgd();
  const parameters = model.parameters();
  const state = optimizer.init(parameters);
  const before = memory().numTensors;
  const trainer = { model, parameters, objective: trades({ eps: 0.031, steps: 2 }), optimizer, state };
  for (let i = 0; i < 3; i++)
    await trainingStep(trainer, batch(), { seed: 0, index: batch().index }, { learningRate: 0.1 });
  expect(memory().numTensors).toBe(before);
});
