import '@tensorflow/tfjs-backend-cpu';
import { spawnSync } from 'node:child_process';
import { type Classifier, fromLayersModel, modes, normal, writeSafetensors } from '@agoge/core';
import {
  add,
  grad,
  io,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormalization } from '../batch-normalization';
import { GroupedConv2D } from '../grouped-convolution';
import { MaxPooling2D } from '../max-pool';
import { architectures } from '../registry';
import { smallOptions } from '../small-networks.fixture';
import { Upsampling2D } from '../upsample';
import { loadStateDict } from '../weights/load-state-dict';
import { stateDictOf } from '../weights/state-dict-of';
import { foldBatchNorm } from './fold-batch-norm';
import { toStockLayers } from './to-stock-layers';

beforeAll(async () => {
  await setBackend('cpu');
});

const imagesOf = ([height, width, channels]: readonly number[], n = 2): Tensor4D =>
  tensor4d(normal({ seed: 1, stream: 'images' }, n * height * width * channels), [n, height, width, channels]);
const logitsOf = async (network: LayersModel, x: Tensor4D) => [...(await (network.predict(x) as Tensor).data())];
const classifierOf = (network: LayersModel) => fromLayersModel(network, { bounds: [0, 1] });

/** Normalisations as after training: none of their numbers is 0 or 1 any more. */
function shaken(network: LayersModel): LayersModel {
  tidy(() => {
    for (const weight of network.weights) {
      const [, around] = /(weight|running_var|gamma|bias|running_mean|beta)$/.exec(weight.originalName) ?? [];
      if (!around) continue;
      const shape = weight.shape as number[];
      const noise = tensor(normal({ seed: 4, stream: weight.originalName }, shape[0]), shape);
      weight.write(add(mul(noise, 0.1), /weight|var|gamma/.test(around) ? 1 : 0));
    }
  });
  return network;
}

async function gradientOf(f: Classifier, x: Tensor4D): Promise<number[]> {
  const direction = tensor2d(normal({ seed: 2, stream: 'direction' }, 2 * f.classes), [2, f.classes]);
  const loss = (images: Tensor) => sum<Scalar>(mul(f(images as Tensor4D), direction));
  return [...(await grad(loss)(x).data())];
}

const largestDifference = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((each, i) => Math.abs(each - a[i])));
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

/** Loads a saved model in a process that knows nothing of ours, and gives its logits. */
async function logitsElsewhere(network: LayersModel, x: Tensor4D): Promise<number[]> {
  let saved: io.ModelArtifacts = {};
  await network.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { weightData, ...rest } = saved;
  const weights = Buffer.from(weightData as ArrayBuffer).toString('base64');
  const program = `
    import '@tensorflow/tfjs-backend-cpu';
    import { io, tensor4d } from '@tensorflow/tfjs-core';
    import { loadLayersModel } from '@tensorflow/tfjs-layers';
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    const { rest, weights, images, shape } = JSON.parse(Buffer.concat(chunks).toString());
    const { buffer, byteOffset, byteLength } = Buffer.from(weights, 'base64');
    const model = await loadLayersModel(
      io.fromMemory({ ...rest, weightData: buffer.slice(byteOffset, byteOffset + byteLength) }),
    );
    console.log(JSON.stringify([...(await model.predict(tensor4d(images, shape)).data())]));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: new URL('.', import.meta.url),
    input: JSON.stringify({ rest, weights, images: [...(await x.data())], shape: x.shape }),
    encoding: 'utf8',
  });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('[')) throw new Error(stderr);
  return JSON.parse(line);
}

describe.each(Object.entries(architectures))('%s', (name, build) => {
  const options = smallOptions(name);
  const network = () => shaken(build({ ...options, seed: 1 }));
  const x = imagesOf(options.inputShape);

  it('goes out as a state dict and in again, bit by bit', async () => {
    const [one, two] = [network(), build({ ...options, seed: 2 })];
    const bytes = writeSafetensors(await stateDictOf(one));
    const { matched, missing, unused } = loadStateDict(two, await stateDictOf(one));
    expect([matched.length, missing, unused]).toEqual([
      one.weights.filter(({ dtype }) => dtype === 'float32').length,
      [],
      [],
    ]);
    expect(writeSafetensors(await stateDictOf(two))).toEqual(bytes);
    expect(await logitsOf(two, x)).toEqual(await logitsOf(one, x));
    one.dispose();
    two.dispose();
  });

  it('has a copy in stock layers with its logits', async () => {
    const original = network();
    const copy = toStockLayers(original);
    const classes = copy.layers.map((layer) => layer.getClassName());
    expect(classes.filter((each) => each.startsWith('Agoge'))).toEqual([]);
    const logits = await logitsOf(original, x);
    const scale = Math.max(1, largest(logits));
    expect(largestDifference(await logitsOf(copy, x), logits)).toBeLessThan(1e-6 * scale);
    original.dispose();
    copy.dispose();
  });

  it('has an equal model with its normalisations folded, of as many layers less', async () => {
    const original = network();
    const copy = foldBatchNorm(original);
    const count = (each: LayersModel) => each.layers.filter((layer) => /BatchNorm/.test(layer.getClassName())).length;
    expect(original.layers.length - copy.layers.length).toBe(count(original) - count(copy));
    if (count(original) > 0) expect(count(copy)).toBeLessThan(count(original));
    const logits = await logitsOf(original, x);
    expect(largestDifference(await logitsOf(copy, x), logits)).toBeLessThan(1e-4 * Math.max(1, largest(logits)));
    const [f, g] = [classifierOf(original), classifierOf(copy)];
    const gradient = await gradientOf(f, x);
    expect(largest(gradient)).toBeGreaterThan(0);
    expect(largestDifference(await gradientOf(g, x), gradient)).toBeLessThan(1e-4 * Math.max(1, largest(gradient)));
    expect(g.parameters()).toEqual([]);
    original.dispose();
    copy.dispose();
  });

  it('leaves nothing of its copies behind', () => {
    const original = network();
    const before = memory().numTensors;
    toStockLayers(original).dispose();
    foldBatchNorm(original).dispose();
    expect(memory().numTensors).toBe(before);
    original.dispose();
  });
});

const through = (shape: number[], ...chain: layers.Layer[]) => {
  const images = input({ shape, name: 'images' });
  return model({ inputs: images, outputs: chain.reduce((y, layer) => layer.apply(y) as SymbolicTensor, images) });
};
/** What ends a chain in two logits. */
const ending = () => [layers.globalAveragePooling2d({ name: 'pool' }), layers.dense({ units: 2, name: 'fc' })];

it.each(['resnext50', 'efficientNetB0', 'vgg11'])(
  'the stock copy of %s loads where our packages are not',
  async (name) => {
    const options = smallOptions(name);
    const original = shaken(architectures[name]({ ...options, upsample: { factor: 2 }, seed: 1 }));
    const x = imagesOf(options.inputShape);
    const logits = await logitsOf(original, x);
    const scale = Math.max(1, largest(logits));
    expect(largestDifference(await logitsElsewhere(toStockLayers(original), x), logits)).toBeLessThan(1e-6 * scale);
    await expect(logitsElsewhere(original, x)).rejects.toThrow('Unknown layer: Agoge');
  },
);

describe('toStockLayers', () => {
  it.each([
    ['an odd size, where tfjs pads alike', 7, []],
    ['an even size, behind an activation', 8, [layers.reLU({ name: 'act' })]],
  ])('pools with padding: %s', async (_, size, before) => {
    const pool = new MaxPooling2D({ name: 'max', size: 3, strides: 2, padding: 1 });
    const original = through([size, size, 2], ...before, pool, ...ending());
    const x = imagesOf([size, size, 2]);
    expect(await logitsOf(toStockLayers(original), x)).toEqual(await logitsOf(original, x));
  });

  it.each<[string, () => layers.Layer, string]>([
    [
      'maxima of what may be below 0',
      () => new MaxPooling2D({ name: 'max', size: 3, strides: 2, padding: 1 }),
      'layer "max", an AgogeMaxPooling2D, pads with zeros',
    ],
    [
      'bilinear images',
      () => new Upsampling2D({ name: 'upsample', factor: 2, mode: 'bilinear' }),
      'layer "upsample", an AgogeUpsampling2D, is bilinear',
    ],
  ])('refuses %s', (_, layer, message) => {
    expect(() => toStockLayers(through([8, 8, 2], layer(), ...ending()))).toThrow(`toStockLayers: ${message}`);
  });

  it('keeps shared layers shared, and opens models within', async () => {
    const shared = layers.conv2d({ name: 'conv', filters: 2, kernelSize: 1 });
    const inner = through([4, 4, 2], shared, batchNormalization({ name: 'bn' }));
    const original = shaken(through([4, 4, 2], shared, inner, shared, ...ending()));
    const copy = toStockLayers(original);
    expect(copy.layers.map((layer) => layer.name).sort()).toEqual(['bn', 'conv', 'fc', 'images', 'pool']);
    expect(await logitsOf(copy, imagesOf([4, 4, 2]))).toEqual(await logitsOf(original, imagesOf([4, 4, 2])));
  });
});

describe('foldBatchNorm', () => {
  const same = async (original: LayersModel, left: number) => {
    const copy = foldBatchNorm(shaken(original));
    expect(copy.layers.filter((layer) => /BatchNorm/.test(layer.getClassName()))).toHaveLength(left);
    const [height, width, channels] = original.inputs[0].shape.slice(1) as number[];
    const x = imagesOf([height, width, channels]);
    const logits = await logitsOf(original, x);
    expect(largestDifference(await logitsOf(copy, x), logits)).toBeLessThan(1e-5);
  };

  it.each<[string, () => layers.Layer[]]>([
    [
      'a convolution with a bias',
      () => [layers.conv2d({ filters: 3, kernelSize: 3, biasInitializer: 'randomNormal' })],
    ],
    ['one for each channel', () => [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, useBias: false })]],
    ['one of groups', () => [new GroupedConv2D({ filters: 4, kernelSize: 3, groups: 2 })]],
  ])('folds into %s', async (_, convolution) => {
    await same(through([6, 6, 2], ...convolution(), batchNormalization({ name: 'bn' }), ...ending()), 0);
    await same(through([6, 6, 2], ...convolution(), layers.batchNormalization({ name: 'bn' }), ...ending()), 0);
  });

  it('leaves what is not alone behind a convolution', async () => {
    const convolution = () => layers.conv2d({ filters: 2, kernelSize: 1, name: 'conv' });
    const active = layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu', name: 'conv' });
    await same(through([4, 4, 2], active, batchNormalization({ name: 'bn' }), ...ending()), 1);
    const shared = convolution();
    await same(through([4, 4, 2], shared, batchNormalization({ name: 'bn' }), shared, ...ending()), 1);
    const images = input({ shape: [4, 4, 2] });
    const y = convolution().apply(images) as SymbolicTensor;
    const both = layers.add().apply([y, batchNormalization({ name: 'bn' }).apply(y) as SymbolicTensor]);
    const [pool, fc] = ending();
    await same(model({ inputs: images, outputs: fc.apply(pool.apply(both)) as SymbolicTensor }), 1);
  });

  it('does not follow the model that it came from', async () => {
    const original = architectures.resnet18({ ...smallOptions('resnet18'), seed: 1 });
    const copy = foldBatchNorm(original);
    const x = imagesOf(smallOptions('resnet18').inputShape);
    const before = await logitsOf(copy, x);
    classifierOf(original).forward(x, modes.update).dispose();
    expect(await logitsOf(copy, x)).toEqual(before);
  });
});
