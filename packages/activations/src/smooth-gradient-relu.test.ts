import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { type ForwardMode, fromLayersModel, modes, normal } from '@agoge/core';
import {
  grad,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { relu, replaceActivations, type SmoothedPhase, SmoothGradientReLU, smoothGradientRelu } from './index';
import './register';
import { reload } from './reload.fixture';

const points = [-1e4, -100, -30, -2, -0.5, -0.1, -1e-6, -0, 0, 1e-6, 0.1, 0.5, 2, 30, 1e4];
const logistic = (z: number) => 1 / (1 + Math.exp(-z));
const phases = ['evaluate', 'craft', 'update'] as const;
const choices: SmoothedPhase[][] = [[], ['craft'], ['update'], ['craft', 'update']];
const golden = new URL('../../../../shared/golden/activations.json', import.meta.url);

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  it("has ReLU's value to the bit, the logistic function for a slope", () => {
    const x = tensor1d([...points, Number.NaN]);
    expect([...smoothGradientRelu(x).dataSync()]).toEqual([...relu(x).dataSync()]);
    for (const alpha of [10, 0.5, 300]) {
      const slope = grad((each: Tensor) => sum(smoothGradientRelu(each, alpha)))(tensor1d(points)).dataSync();
      points.forEach((each, i) => {
        expect(slope[i]).toBeCloseTo(logistic(alpha * each), 6);
      });
    }
  });

  it.skipIf(!existsSync(golden))('agrees with the golden figures (needs ../shared/golden)', () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8'));
    const { x, f, dfdx } = cases.find(({ name }: { name: string }) => name === 'sat_surrogate_relu');
    expect([...smoothGradientRelu(tensor1d(x)).dataSync()]).toEqual(f.map(Math.fround));
    const slope = grad((each: Tensor) => sum(smoothGradientRelu(each)))(tensor1d(x)).dataSync();
    dfdx.forEach((each: number, i: number) => {
      expect(Math.abs(slope[i] - each)).toBeLessThanOrEqual(1e-4 * Math.abs(each) + 1e-5);
    });
  });

  it('has the second derivative of what stands in', () => {
    const first = grad((x: Tensor) => sum(smoothGradientRelu(x)));
    const second = grad((x: Tensor) => sum(first(x)))(tensor1d([-0.2, 0, 0.05, 3])).dataSync();
    [-0.2, 0, 0.05, 3].forEach((x, i) => {
      const s = logistic(10 * x);
      expect(second[i]).toBeCloseTo(10 * s * (1 - s), 5);
    });
  });

  it('leaves nothing behind', () => {
    const x = tensor1d(points);
    const before = memory().numTensors;
    tidy(() => void grad((each: Tensor) => sum(smoothGradientRelu(each)))(x));
    smoothGradientRelu(x).dispose();
    expect(memory().numTensors).toBe(before);
  });
});

/** A net of two layers, `w2 f(W1 x)`, with its gradients in float64. */
const [inside, hidden, classes] = [4, 5, 3];
const values = (stream: string, size: number) => [...normal({ seed: 3, stream }, size)].map((each) => each * 0.3);
const [image, first, last] = [values('x', inside), values('W1', inside * hidden), values('W2', hidden * classes)];
const upward = [1, -2, 0.5];

function byHand(slope: (z: number) => number) {
  const z = Array.from({ length: hidden }, (_, j) =>
    image.reduce((total, x, i) => total + x * first[i * hidden + j], 0),
  );
  const back = z.map((each, j) => slope(each) * upward.reduce((total, g, k) => total + g * last[j * classes + k], 0));
  return {
    logits: upward.map((_, k) => z.reduce((total, each, j) => total + Math.max(each, 0) * last[j * classes + k], 0)),
    image: image.map((_, i) => back.reduce((total, each, j) => total + each * first[i * hidden + j], 0)),
    first: first.map((_, n) => image[Math.floor(n / hidden)] * back[n % hidden]),
    last: last.map((_, n) => Math.max(z[Math.floor(n / classes)], 0) * upward[n % classes]),
  };
}
const trueGradients = byHand((z) => (z > 0 ? 1 : 0));
const smoothGradients = byHand((z) => logistic(10 * z));

function network(probe: layers.Layer): LayersModel {
  const net = sequential({
    layers: [
      layers.flatten({ inputShape: [1, inside, 1] }),
      layers.dense({ units: hidden, useBias: false, name: 'first' }),
      probe,
      layers.dense({ units: classes, useBias: false, name: 'last' }),
    ],
  });
  net.setWeights([tensor2d(first, [inside, hidden]), tensor2d(last, [hidden, classes])]);
  return net;
}

const close = (actual: Tensor, expected: readonly number[]) => {
  const found = actual.dataSync();
  expect(found).toHaveLength(expected.length);
  expected.forEach((each, i) => {
    expect(found[i]).toBeCloseTo(each, 6);
  });
};

describe.each(choices.map((each) => [each]))('with phases %j', (smoothed) => {
  beforeAll(async () => {
    await setBackend('cpu');
  });
  const f = () => fromLayersModel(network(new SmoothGradientReLU({ phases: smoothed })), { bounds: [0, 1] });
  const x = () => tensor4d(image, [1, 1, inside, 1]);
  const score = (logits: Tensor) => sum<Scalar>(mul(logits, tensor2d(upward, [1, classes])));

  it.each(phases)('a pass to %s has the gradients that it should, to image and weights', (phase) => {
    const trained = f();
    const mode: ForwardMode = { ...modes.evaluate, phase };
    const expected = (smoothed as readonly string[]).includes(phase) ? smoothGradients : trueGradients;
    close(trained.forward(x(), mode), trueGradients.logits);
    close(grad((each: Tensor) => score(trained.classifier(mode)(each as ReturnType<typeof x>)))(x()), expected.image);
    const { grads } = variableGrads(() => score(trained.forward(x(), mode)));
    const [kernel, ...rest] = trained.parameters().map(({ variable }) => grads[variable.name]);
    close(kernel, expected.first);
    close(rest[0], trueGradients.last);
  });

  it('evaluation has true gradients', () => {
    const trained = f();
    close(grad((each: Tensor) => score(trained(each as ReturnType<typeof x>)))(x()), trueGradients.image);
  });
});

describe('SmoothGradientReLU', () => {
  it('tells true gradients from smooth ones in the test above', () => {
    expect(trueGradients.image).not.toEqual(smoothGradients.image);
    expect(trueGradients.first).not.toEqual(smoothGradients.first);
  });

  it('is put around a model that is otherwise unchanged, and taken out again', () => {
    const original = network(layers.reLU({ name: 'rectifier' }));
    const outputs = (given: LayersModel) => [
      ...(given.predict(tensor4d(image, [1, 1, inside, 1])) as Tensor).dataSync(),
    ];
    const probed = replaceActivations(original, new SmoothGradientReLU({ name: 'probe' }));
    expect(probed.getLayer('probe')).toBeInstanceOf(SmoothGradientReLU);
    expect(outputs(probed)).toEqual(outputs(original));
    const back = replaceActivations(probed, 'relu', { which: ['AgogeSmoothGradientReLU'] });
    expect(back.getLayer('probe').getClassName()).toBe('Activation');
    expect(outputs(back)).toEqual(outputs(original));
  });

  it('is saved and reloaded with its options', async () => {
    const options = { name: 'probe', alpha: 4, phases: ['craft'] as const };
    const net = network(new SmoothGradientReLU(options));
    const again = await reload(net);
    const layer = again.getLayer('probe');
    expect(layer).toBeInstanceOf(SmoothGradientReLU);
    expect(layer.getClassName()).toBe('AgogeSmoothGradientReLU');
    expect(layer.getConfig()).toMatchObject(options);
    const slope = (mode: object) =>
      grad((x: Tensor) => sum(layer.apply(x, mode) as Tensor))(tensor1d([0])).dataSync()[0];
    expect([slope(modes.craft), slope(modes.update)]).toEqual([0.5, 0]);
  });

  it.each([
    [
      () => smoothGradientRelu(tensor1d([1]), 0),
      RangeError,
      'smoothGradientRelu: alpha must be a finite number > 0, got 0',
    ],
    [() => smoothGradientRelu(1 as never), TypeError, 'smoothGradientRelu: x must be a tensor, got 1'],
    [() => new SmoothGradientReLU({ alpha: -1 }), RangeError, 'SmoothGradientReLU: alpha must be a finite number > 0'],
    [() => new SmoothGradientReLU({ phases: ['evaluate' as never] }), RangeError, 'phases must be an array of one of'],
    [() => new SmoothGradientReLU({ phase: 'craft' } as never), TypeError, 'did you mean "phases"'],
  ])('%s', (make, kind, message) => {
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});
