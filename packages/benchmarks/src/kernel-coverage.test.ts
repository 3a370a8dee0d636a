import { activations } from '@agoge/activations/registry';
import { fit, sgd } from '@agoge/adv-train';
import { objectives } from '@agoge/adv-train/registry';
import { resnet18, smallCnn } from '@agoge/architectures';
import { attacks } from '@agoge/attacks/registry';
import { useBackend } from '@agoge/backends';
import { kernelCases } from '@agoge/backends/conformance';
import { type ActivationSite, type Attack, type Classifier, fromLayersModel, type NormName } from '@agoge/core';
import { augmented, compose, fromArrays, randomCrop, randomFlip } from '@agoge/datasets';
import {
  argMax,
  getKernelsForBackend,
  type Optimizer,
  oneHot,
  type Tensor2D,
  tensor1d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from './evaluate';

/** Every kernel of the cpu backend that an asynchronous body runs. */
async function kernelsOf(body: () => Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  const before = getKernelsForBackend('cpu').map((config) => ({ config, kernelFunc: config.kernelFunc }));
  for (const { config, kernelFunc } of before) {
    config.kernelFunc = (call) => {
      seen.add(config.kernelName);
      return kernelFunc(call);
    };
  }
  try {
    await body();
  } finally {
    for (const { config, kernelFunc } of before) config.kernelFunc = kernelFunc;
  }
  return seen;
}

const covered = new Set(kernelCases.map(({ kernel }) => kernel));
const uncovered = async (body: () => Promise<unknown>) => {
  const seen = await kernelsOf(body);
  expect(seen.size).toBeGreaterThan(5);
  return [...seen].filter((kernel) => !covered.has(kernel)).sort();
};

const inputShape = [8, 8, 1] as const;
const pixels = Float32Array.from({ length: 4 * 64 }, (_, i) => ((i * 37) % 256) / 255);
const y = Int32Array.from([0, 3, 9, 5]);
const arrays = { x: pixels, shape: [4, ...inputShape], y, classes: 10, bounds: [0, 1] } as const;
const data = fromArrays(arrays);
const augment = compose(randomCrop({ padding: 1 }), randomFlip());

const networks: Record<string, (activation?: (site: ActivationSite) => layers.Layer) => LayersModel> = {
  smallCnn: (activation) => smallCnn({ inputShape, width: 2, ...(activation && { activation }) }),
  'smallCnn with batch normalisation': (activation) =>
    smallCnn({ inputShape, width: 2, normalization: 'batch', ...(activation && { activation }) }),
  resnet18: (activation) => resnet18({ inputShape, width: 2, ...(activation && { activation }) }),
};
const build = (name: string) => fromLayersModel(networks[name](), { bounds: [0, 1], mean: [0.5], std: [0.2] });

async function predictions(f: Classifier): Promise<Int32Array> {
  const labels = tidy(() => argMax(f(tensor4d(pixels, [4, ...inputShape])), 1));
  const found = (await labels.data()) as Int32Array;
  labels.dispose();
  return found;
}

/** A network of the layers that come with TensorFlow.js. */
function stockNetwork(activation: StockActivation): LayersModel {
  const image = layers.input({ shape: [...inputShape] });
  const through = (x: SymbolicTensor, ...each: layers.Layer[]) =>
    each.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);
  const features = through(
    image,
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation }),
    layers.batchNormalization(),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.zeroPadding2d({ padding: 1 }),
    layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
    layers.prelu(),
    layers.separableConv2d({ filters: 4, kernelSize: 3 }),
    layers.leakyReLU(),
    layers.upSampling2d({ size: [2, 2] }),
    layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
    layers.layerNormalization(),
    layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
  );
  const dropped = layers.dropout({ rate: 0.2 });
  const pooled = [layers.globalAveragePooling2d({}), layers.globalMaxPooling2d({})].map((each) =>
    through(features, each),
  );
  const joined = [layers.add(), layers.multiply(), layers.maximum(), layers.minimum(), layers.average()].map(
    (each) => each.apply(pooled) as SymbolicTensor,
  );
  const flat = through(features, layers.flatten(), layers.dense({ units: 4, activation, kernelRegularizer: 'l1l2' }));
  const all = layers.concatenate().apply([...pooled, ...joined, flat]) as SymbolicTensor;
  const outputs = through(
    all,
    layers.reshape({ targetShape: [4, 8] }),
    layers.permute({ dims: [2, 1] }),
    layers.flatten(),
  );
  return model({
    inputs: image,
    outputs: through(outputs, dropped, layers.dense({ units: 10, activation: 'softmax' })),
  });
}
type StockActivation =
  | 'relu'
  | 'relu6'
  | 'elu'
  | 'selu'
  | 'sigmoid'
  | 'hardSigmoid'
  | 'softplus'
  | 'softsign'
  | 'tanh'
  | 'swish'
  | 'mish'
  | 'gelu';
const stockActivations: StockActivation[] = [
  'relu',
  'relu6',
  'elu',
  'selu',
  'sigmoid',
  'hardSigmoid',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
];

const optimizers: Record<string, () => Optimizer> = {
  sgd: () => train.sgd(0.01),
  momentum: () => train.momentum(0.01, 0.9, true),
  adam: () => train.adam(),
  adamax: () => train.adamax(),
  rmsprop: () => train.rmsprop(0.01, 0.9, 0.9, 1e-7, true),
  adagrad: () => train.adagrad(0.01),
  adadelta: () => train.adadelta(),
};

const norms: NormName[] = ['linf', 'l2', 'l1'];
const [eps, steps] = [0.01, 2];
const inAll = (options: object = {}) => norms.map((norm) => ({ norm, eps, ...options }));
const wholeFamily = { momentum: 'nesterov', diversity: 0.5, blur: 3, scales: 2, neighbours: 1 };

/** Every registered attack, in every norm that it has, short. */
const short: Record<keyof typeof attacks, object[]> = {
  apgd: inAll({ steps: 4 }),
  apgdTargeted: inAll({ steps: 4, rivals: 2 }),
  boundary: [
    { steps: 12, tries: 20 },
    { eps, steps, tries: 20, targets: 1 },
  ],
  cw: [
    { steps, rounds: 2 },
    { eps, steps, targets: 1 },
  ],
  ddn: [{ steps }, { eps, steps, levels: 256 }],
  deepfool: [
    { steps, norm: 'linf' },
    { eps, steps, norm: 'l2' },
  ],
  ead: [
    { steps, rounds: 2 },
    { eps, steps, targets: 1 },
  ],
  fab: inAll({ steps, restarts: 2 }),
  fabTargeted: inAll({ steps, rivals: 2 }),
  fgsm: inAll(),
  fmn: [...inAll({ steps: 4 }), { norm: 'l0', steps: 4 }],
  hopSkipJump: ['linf', 'l2'].map((norm) => ({ norm, steps: 1, firstProbes: 4, tries: 20 })),
  jsma: [{ eps: 2 }],
  miFgsm: [...inAll({ steps }), ...inAll({ steps, ...wholeFamily })],
  multiTargeted: inAll({ steps, rivals: 2 }),
  nes: inAll({ steps, pairs: 2 }),
  noise: inAll({ queries: 2 }),
  onePixel: [{ population: 5, generations: 2 }],
  pgd: inAll({ steps }),
  spatial: [
    { rotations: 3, shifts: 1 },
    { poses: 'random', draws: 2 },
  ],
  spsa: inAll({ steps, pairs: 2 }),
  square: inAll({ queries: 12 }),
};

beforeAll(async () => {
  await useBackend('cpu');
});

describe('every kernel has a case in the conformance suite that', () => {
  it.each(Object.keys(networks))('%s runs in training, by every objective', async (name) => {
    const each = [
      objectives.standard({ labelSmoothing: 0.1 }),
      ...norms.flatMap((norm) => [
        objectives.adversarialTraining({ norm, eps: 0.1, steps: 1, start: 'uniform' }),
        objectives.trades({ norm, eps: 0.1, steps: 1 }),
      ]),
    ];
    const optimizer = sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 });
    expect(
      await uncovered(async () => {
        const validation = { data, attacks: [attacks.pgd({ eps: 0.1, steps: 1 })] };
        for (const objective of each) {
          await fit(build(name), augmented(data, augment), {
            objective,
            optimizer,
            epochs: 1,
            batchSize: 4,
            validation,
          });
        }
      }),
    ).toEqual([]);
  });

  it.each(Object.keys(activations))('%s runs in training', async (name) => {
    const activation = (site: ActivationSite) => activations[name as keyof typeof activations]({ name: site.name });
    expect(
      await uncovered(async () => {
        const model = fromLayersModel(networks.resnet18(activation), { bounds: [0, 1] });
        const objective = objectives.adversarialTraining({ eps: 0.1, steps: 1 });
        await fit(model, data, { objective, epochs: 1, batchSize: 4 });
      }),
    ).toEqual([]);
  });

  it.each(norms)('attacks in %s and their evaluation run', async (norm) => {
    const losses = ['ce', 'margin', 'dlr'] as const;
    const shrinking = norm === 'l1' ? [attacks.apgd({ norm, eps: 0.01, steps: 4, epsSchedule: 'shrinking' })] : [];
    const each: Attack[] = [undefined, 1].flatMap((targets) =>
      losses.flatMap((loss) => {
        const options = { norm, eps: 0.01, loss, ...(targets !== undefined && { targets }) };
        return [
          attacks.fgsm(options),
          attacks.pgd({ ...options, steps: 2, restarts: 2 }),
          attacks.apgd({ ...options, steps: 4, restarts: 2 }),
          attacks.apgd({ ...options, steps: 4, variant: 'reference' }),
        ];
      }),
    );
    expect(
      await uncovered(async () => {
        const f = build('smallCnn');
        // Only what is right is attacked.
        const right = fromArrays({ ...arrays, y: await predictions(f) });
        for (const attack of [...each, ...shrinking]) {
          const { attacks: outcomes } = await evaluate(f, right, { attacks: [attack] });
          expect(outcomes[0].attempted).toBe(4);
        }
      }),
    ).toEqual([]);
  });

  it.each(Object.keys(short) as (keyof typeof short)[])('the attack %s runs', async (name) => {
    const create = attacks[name] as (options: object) => Attack;
    expect(
      await uncovered(async () => {
        const f = build('smallCnn');
        const right = fromArrays({ ...arrays, y: await predictions(f) });
        for (const options of short[name]) {
          const attack = create(options);
          const threat = { norm: attack.norm, eps: 100 };
          const { attacks: outcomes } = await evaluate(f, right, { attacks: [attack], threat });
          expect(outcomes[0].attempted).toBe(4);
        }
      }),
    ).toEqual([]);
  });

  const fitStock = async (activation: StockActivation, optimizer: Optimizer) => {
    const network = stockNetwork(activation);
    const [x, labels] = [tensor4d(pixels, [4, ...inputShape]), oneHot(tensor1d(y, 'int32'), 10) as Tensor2D];
    network.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    await network.fit(x, labels, { epochs: 1, batchSize: 2, validationSplit: 0.5, verbose: 0 });
    network.predict(x);
    return network;
  };

  it.each(stockActivations)('a network of stock layers with %s runs in fit, and under attack', async (activation) => {
    expect(
      await uncovered(async () => {
        const network = await fitStock(activation, train.adam());
        const options = { attacks: [attacks.pgd({ eps: 0.1, steps: 1 })] };
        await evaluate(fromLayersModel(network, { bounds: [0, 1] }), data, options);
      }),
    ).toEqual([]);
  });

  it.each(Object.keys(optimizers))('the optimiser %s runs', async (name) => {
    expect(await uncovered(() => fitStock('relu', optimizers[name]()))).toEqual([]);
  });
});
