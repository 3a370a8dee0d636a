import { type Sparta, spartaCost, spartaLayers, spartaSites, transplant } from '@agoge/activations';
import '@agoge/activations/register';
import '@agoge/architectures/register';
import { adversarialTraining, constant, fit } from '@agoge/adv-train';
import { resnet18, smallCnn } from '@agoge/architectures';
import { pgd } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { type ActivationOption, fromLayersModel, type ImageShape, uniform } from '@agoge/core';
import { digits, fromArrays, take } from '@agoge/datasets';
import {
  argMax,
  cast,
  equal,
  grad,
  io,
  mean,
  mul,
  sum,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';

type Network = (activation: ActivationOption) => LayersModel;

const images = ([height, width, channels]: ImageShape, n: number) =>
  tensor4d(uniform({ seed: 2, stream: 'images' }, n * height * width * channels), [n, height, width, channels]);

/** Logits, and the gradient to the images of a sum of them that tells them apart. */
function outcome(net: LayersModel, shape: ImageShape, n: number) {
  const f = fromLayersModel(net, { bounds: [0, 1] });
  const along = () => tensor2d(uniform({ seed: 3, stream: 'along' }, n * f.classes, -1, 1), [n, f.classes]);
  return tidy(() => {
    const x = images(shape, n);
    const dx = grad((each) => sum(mul(f(each as Tensor4D), along())))(x);
    return { logits: f(x).dataSync(), dx: dx.dataSync() };
  });
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((top, each) => Math.max(top, Math.abs(each)), 0);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>) => largest(Array.from(a, (each, i) => each - b[i]));
const values = (net: LayersModel) =>
  new Map(net.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]));
const isGate = (name: string) => name.startsWith('sparta');

const narrow = { inputShape: [16, 16, 3], width: 4 } as const;
const twins: [name: string, shape: ImageShape, n: number, build: Network][] = [
  ['a narrow resnet18', narrow.inputShape, 3, (activation) => resnet18({ ...narrow, activation })],
  ['a wide resnet18', [16, 16, 3], 1, (activation) => resnet18({ inputShape: [16, 16, 3], activation })],
  ['smallCnn', [8, 8, 1], 4, (activation) => smallCnn({ activation })],
];
const placements = [{}, { share: 'site' }, { gate: 'shared', share: 'network' }] as const;

describe.each(['cpu', 'wasm'] as const)('on %s', (name) => {
  beforeAll(async () => {
    await useBackend(name);
  });

  it.each(twins)(
    '%s with Sparta starts as its ReLU twin: same logits, same gradient to the image',
    (network, shape, n, build) => {
      const relu = build('relu');
      const wanted = outcome(relu, shape, n);
      relu.dispose();
      expect(largest(wanted.dx)).toBeGreaterThan(0);
      for (const placement of network === 'a wide resnet18' ? placements.slice(0, 1) : placements) {
        const net = build(spartaSites(placement));
        const found = outcome(net, shape, n);
        net.dispose();
        expect(found.logits).toEqual(wanted.logits);
        expect(apart(found.dx, wanted.dx)).toBe(0);
      }
    },
    300_000,
  );
});

/** A residual network of any depth: stages of `blocks` basic blocks, of 4, 8 ... channels, sites and stages as in resnet18. */
function residual(
  blocks: readonly number[],
  activation: (site: Parameters<ReturnType<typeof spartaSites>>[0]) => Sparta,
) {
  let index = 0;
  const convolve = (x: SymbolicTensor, name: string, filters: number, strides: number) =>
    layers.conv2d({ name, filters, strides, kernelSize: 3, padding: 'same' }).apply(x) as SymbolicTensor;
  const activate = (x: SymbolicTensor, name: string, stage: number) =>
    activation({ name, channels: Number(x.shape[3]), stage, index: index++ }).apply(x) as SymbolicTensor;
  const x0 = input({ shape: [...narrow.inputShape] });
  let x = activate(convolve(x0, 'conv1', narrow.width, 1), 'act1', 0);
  blocks.forEach((count, i) => {
    const filters = narrow.width * 2 ** i;
    for (let place = 0; place < count; place++) {
      const name = `layer${i + 1}.${place}`;
      const strides = i > 0 && place === 0 ? 2 : 1;
      const first = activate(convolve(x, `${name}.conv1`, filters, strides), `${name}.act1`, i + 1);
      const second = convolve(first, `${name}.conv2`, filters, 1);
      const straight = strides === 1 ? x : convolve(x, `${name}.shortcut`, filters, strides);
      const joined = layers.add({ name: `${name}.add` }).apply([second, straight]) as SymbolicTensor;
      x = activate(joined, `${name}.act2`, i + 1);
    }
  });
  const features = layers.globalAveragePooling2d({}).apply(x) as SymbolicTensor;
  const logits = layers.dense({ units: 10, name: 'linear' }).apply(features) as SymbolicTensor;
  return model({ inputs: x0, outputs: logits });
}

describe('on wasm', () => {
  beforeAll(async () => {
    await useBackend('wasm');
  });

  it.each(['stage', 'site'] as const)(
    'a resnet18 gives its gates, one for each %s, to a deeper network, whose training leaves them as they are',
    async (share) => {
      const source = resnet18({ ...narrow, activation: spartaSites({ share }) });
      tidy(() => {
        for (const layer of spartaLayers(source)) {
          for (const weight of layer.weights) {
            const shape = weight.shape as number[];
            const count = shape.reduce((total, each) => total * each, 1);
            const drawn = uniform({ seed: 4, stream: weight.originalName }, count, -0.3, 0.3);
            weight.write(
              shape.length === 1 ? tensor1d(drawn) : tensor4d(drawn, shape as [number, number, number, number]),
            );
          }
        }
      });
      const target = residual([3, 4, 6, 3], spartaSites({ share }));
      const report = transplant(source, target);
      expect(report).toHaveLength(share === 'stage' ? 5 : 33);
      const last = { stage: 'sparta/stage3', site: 'sparta/stage3/11' }[share];
      expect(report.find(({ to }) => to === last)?.from).toBe(share === 'stage' ? last : 'sparta/stage3/3');

      const before = values(target);
      const given = values(source);
      for (const { to, from } of report)
        expect(before.get(`${to}/conv2.kernel`)).toEqual(given.get(`${from}/conv2.kernel`));
      const f = fromLayersModel(target, { bounds: [0, 1] });
      expect(f.parameters().some(({ name }) => isGate(name))).toBe(false);
      expect(f.buffers().filter(({ name }) => isGate(name))).toHaveLength(4 * report.length);

      const data = fromArrays({
        x: uniform({ seed: 6, stream: 'pixels' }, 4 * 16 * 16 * 3),
        shape: [4, ...narrow.inputShape],
        y: Int32Array.of(0, 3, 7, 9),
        classes: 10,
        bounds: [0, 1],
      });
      const objective = adversarialTraining({ eps: 8 / 255, steps: 2 });
      await fit(f, data, { objective, epochs: 2, batchSize: 4, schedule: constant({ learningRate: 0.05 }) });
      for (const [name, after] of values(target)) {
        if (isGate(name)) expect(after).toEqual(before.get(name));
        else expect(after, name).not.toEqual(before.get(name));
      }
      expect(values(source)).toEqual(given);
    },
    300_000,
  );

  it("frozen gates stay in tfjs's fit too, compiled before or after; thawed and compiled again they move", async () => {
    const net = smallCnn({ width: 4, activation: spartaSites() });
    const compile = () => net.compile({ optimizer: train.sgd(0.1), loss: 'meanSquaredError' });
    const x = images([8, 8, 1], 4);
    const y = tensor2d(uniform({ seed: 7, stream: 'y' }, 40), [4, 10]);
    const moved = async () => {
      const before = values(net);
      await net.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 });
      return [...values(net)].filter(([name, after]) => `${after}` !== `${before.get(name)}`).map(([name]) => name);
    };
    const freeze = (frozen: boolean) => {
      for (const layer of spartaLayers(net)) layer.trainable = !frozen;
    };
    compile();
    expect((await moved()).some(isGate)).toBe(true);
    freeze(true);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {}); // tfjs tells that what is trained has changed
    const compiledBefore = await moved();
    warn.mockRestore();
    compile();
    for (const names of [compiledBefore, await moved()]) {
      expect(names).toContain('linear/kernel');
      expect(names.some(isGate)).toBe(false);
    }
    freeze(false);
    compile();
    expect((await moved()).some(isGate)).toBe(true);
  });

  it.each([{}, { form: 'gate', gate: 'shared', share: 'network' }] as const)(
    'smallCnn with %o learns digits under attack, saves and reloads to the same logits',
    async (placement) => {
      const net = smallCnn({ width: 8, activation: spartaSites(placement) });
      const f = fromLayersModel(net, { bounds: [0, 1] });
      const start = values(net);
      const objective = adversarialTraining({ eps: 0.1, steps: 3 });
      const data = take(digits({ split: 'train' }), 640);
      const { epochs } = await fit(f, data, {
        objective,
        epochs: 4,
        batchSize: 64,
        schedule: constant({ learningRate: 0.05 }),
      });
      expect(epochs).toHaveLength(4);
      for (const [name, after] of values(net)) {
        expect(after.every(Number.isFinite), name).toBe(true);
        expect(after, name).not.toEqual(start.get(name));
      }
      const [batch, labels] = await digitsToTest(128);
      const clean = tidy(() => mean(cast(equal(argMax(f(batch), 1), labels), 'float32')).dataSync()[0]);
      const { broken } = await pgd(f, batch, labels, { eps: 0.1, steps: 5 });
      const robust = broken.filter((each) => each === 0).length / 128;
      expect(clean).toBeGreaterThan(0.6);
      expect(robust).toBeGreaterThan(0.3);
      const again = fromLayersModel(await reload(net), { bounds: [0, 1] });
      expect(tidy(() => again(batch).dataSync())).toEqual(tidy(() => f(batch).dataSync()));
    },
    300_000,
  );
});

describe('the cost in resnet18', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  const positions = [32, 32, 16, 8, 4].map((side) => side ** 2);
  const widths = [64, 64, 128, 256, 512];
  const sites = [1, 4, 4, 4, 4];
  const total = (each: (stage: number) => number) => widths.reduce((sum, _, stage) => sum + each(stage), 0);

  it.each([
    [
      {},
      total((i) => 18 * widths[i] * (widths[i] / 4) + 1.25 * widths[i]),
      total((i) => sites[i] * positions[i] * 4.5 * widths[i] ** 2),
    ],
    [{ gate: 'shared' }, 5 * 225, total((i) => sites[i] * positions[i] * 216)],
    [{ gate: 'shared', share: 'network' }, 225, total((i) => sites[i] * positions[i] * 216)],
  ] as const)('%o', (placement, parameters, multiplyAdds) => {
    const net = resnet18({ activation: spartaSites(placement) });
    const cost = spartaCost(net);
    expect(cost).toMatchObject({ parameters, multiplyAdds });
    expect(100 * cost.relative.multiplyAdds).toBeCloseTo('gate' in placement ? 0.25 : 57.8, 1);
    expect(100 * cost.relative.parameters).toBeCloseTo('gate' in placement ? 0.01 : 14.2, 1);
    expect(cost.places.map(({ shape }) => shape[2])).toEqual(widths.flatMap((width, i) => Array(sites[i]).fill(width)));
    // Of the rest: 555 million in the convolutions, 11,173,962 parameters and two running statistics for each of 4,800 channels.
    expect(cost.rest).toEqual({ parameters: 11_173_962 + 2 * 4800, multiplyAdds: 555_422_720 });
    expect(net.countParams()).toBe(cost.parameters + cost.rest.parameters);
    net.dispose();
  });
});

async function digitsToTest(n: number): Promise<[Tensor4D, Tensor1D]> {
  const batches = take(digits({ split: 'test' }), n)
    .batches({ batchSize: n })
    [Symbol.asyncIterator]();
  const { value } = await batches.next();
  return [tensor4d(value.x, value.shape), tensor1d(value.y, 'int32')];
}

async function reload(given: LayersModel): Promise<LayersModel> {
  let kept: io.ModelArtifacts = {};
  await given.save(
    io.withSaveHandler(async (artifacts) => {
      kept = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(io.fromMemory({ ...kept, modelTopology: JSON.parse(JSON.stringify(kept.modelTopology)) }));
}
