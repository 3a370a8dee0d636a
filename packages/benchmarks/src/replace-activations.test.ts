import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PSSiLU,
  replaceActivations,
  type SmoothedPhase,
  SmoothGradientReLU,
  spartaLayers,
  spartaSites,
} from '@agoge/activations';
import '@agoge/activations/register';
import { adversarialTraining } from '@agoge/adv-train';
import { resnet18, smallCnn } from '@agoge/architectures';
import '@agoge/architectures/register';
import { pgd } from '@agoge/attacks';
import '@agoge/backend-onnx';
import { useBackend } from '@agoge/backends';
import { type Classifier, fromLayersModel, modes, normal, uniform } from '@agoge/core';
import {
  argMax,
  cast,
  io,
  memory,
  oneHot,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tensor4d,
  variableGrads,
} from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

/** Written to disk in the form of Keras, whose own layers have options that tfjs does not know, and read back. */
async function asFromKeras(given: LayersModel): Promise<LayersModel> {
  const folder = await mkdtemp(join(tmpdir(), 'agoge-'));
  try {
    await given.save(
      io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        const keras = JSON.parse(JSON.stringify(modelTopology), (_, value) => {
          if (value?.class_name === 'Model') value.class_name = 'Functional';
          if (value?.class_name === 'ReLU') Object.assign(value.config, { negative_slope: 0, threshold: 0 });
          if (value?.class_name === 'Conv2D') Object.assign(value.config, { groups: 1 });
          return value;
        });
        const topology = { model_config: keras, keras_version: '2.15.0', backend: 'tensorflow' };
        await writeFile(join(folder, 'model.json'), JSON.stringify({ modelTopology: topology, weightSpecs }));
        await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const description = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    const weightData = new Uint8Array(await readFile(join(folder, 'weights.bin'))).buffer;
    return await loadLayersModel(io.fromMemory({ ...description, weightData }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A weight of each kind at random: moving variances above 0, scales around 1. */
function randomize(given: LayersModel): LayersModel {
  for (const weight of given.weights) {
    const shape = weight.shape as number[];
    const values = normal(
      { seed: 1, stream: weight.originalName },
      shape.reduce((a, b) => a * b, 1),
    );
    const positive = /var|gamma|weight$/.test(weight.originalName);
    weight.write(
      tensor(positive ? values.map((each) => 1 + 0.3 * Math.tanh(each)) : values.map((each) => each * 0.25), shape),
    );
  }
  return given;
}

const at = (layer: layers.Layer, x: SymbolicTensor) => layer.apply(x) as SymbolicTensor;

/** MobileNet v1 at a quarter of its width, for images of 32 x 32. */
function mobilenet(): LayersModel {
  const images = input({ shape: [32, 32, 3], name: 'input_1' });
  let x = images;
  const normalized = (layer: layers.Layer) => {
    x = at(layers.batchNormalization({ name: `${layer.name}_bn`, epsilon: 0.001 }), at(layer, x));
    x = at(layers.reLU({ maxValue: 6, name: `${layer.name}_relu` }), x);
  };
  const conv = (filters: number, kernelSize: number, strides: number, name: string) =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false, name });
  normalized(conv(8, 3, 2, 'conv1'));
  for (const [i, [filters, strides]] of [
    [16, 1],
    [32, 2],
    [32, 1],
    [64, 2],
    [64, 1],
  ].entries()) {
    normalized(
      layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false, name: `conv_dw_${i}` }),
    );
    normalized(conv(filters, 1, 1, `conv_pw_${i}`));
  }
  x = at(layers.dense({ units: 10, name: 'predictions' }), at(layers.globalAveragePooling2d({ name: 'pool' }), x));
  x = at(layers.softmax({ name: 'probabilities' }), x);
  return randomize(model({ inputs: images, outputs: x, name: 'mobilenet_0.25_32' }));
}

/** The network that Keras's introduction builds. */
const introduction = () =>
  randomize(
    sequential({
      name: 'sequential_1',
      layers: [
        layers.conv2d({ inputShape: [32, 32, 3], filters: 8, kernelSize: 3, activation: 'relu', name: 'conv2d_1' }),
        layers.maxPooling2d({ poolSize: 2, name: 'max_pooling2d_1' }),
        layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', name: 'conv2d_2' }),
        layers.maxPooling2d({ poolSize: 2, name: 'max_pooling2d_2' }),
        layers.flatten({ name: 'flatten_1' }),
        layers.dense({ units: 32, activation: 'relu', name: 'dense_1' }),
        layers.dense({ units: 10, activation: 'softmax', name: 'dense_2' }),
      ],
    }),
  );

const photographs = (n: number) => tensor4d(uniform({ seed: 2, stream: 'images' }, n * 32 * 32 * 3), [n, 32, 32, 3]);
const logits = async (given: LayersModel) =>
  (fromLayersModel(given, { bounds: [0, 1] }) as Classifier)(photographs(4)).data();
const predicted = async (given: LayersModel) => (given.predict(photographs(4)) as Tensor).data();

describe.each(['cpu', 'wasm', 'onnx'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    ['MobileNet', mobilenet, 'relu6'],
    ["Keras's introduction", introduction, 'relu'],
    ['resnet18', () => randomize(resnet18({ width: 4 })), 'relu'],
  ] as const)(
    '%s from disk: the same activation gives the same logits, PSSiLU 2 more parameters',
    async (_, build, name) => {
      const original = await asFromKeras(build());
      const before = await logits(original);
      const same = replaceActivations(original, name, { which: [name] });
      expect(await predicted(same)).toEqual(await predicted(original));
      // The adapter adds the bias of a linear convolution by itself, where a rectified one on wasm starts with it.
      const scale = Math.max(...Array.from(before, Math.abs));
      (await logits(same)).forEach((each, i) => {
        expect(Math.abs(each - before[i])).toBeLessThanOrEqual(1e-6 * scale);
      });
      const replaced = replaceActivations(original, new PSSiLU({ alpha: 1.2, beta: 0.1 }), { which: [name] });
      expect(replaced.countParams()).toBe(original.countParams() + 2);
      const after = await logits(replaced);
      expect(after).not.toEqual(before);
      expect(await logits(await asFromKeras(replaced))).toEqual(after);
      expect(await logits(original)).toEqual(before);
    },
  );

  it('fit moves the scalars of a PSSiLU shared by all of MobileNet, and nothing of the original', async () => {
    const original = mobilenet();
    const before = await logits(original);
    const pssilu = new PSSiLU({ beta: 0.1 });
    const replaced = replaceActivations(original, pssilu, { which: ['relu6'] });
    replaced.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const scalars = async () => Promise.all(pssilu.getWeights().map(async (each) => (await each.data())[0]));
    const start = await scalars();
    await replaced.fit(photographs(4), oneHot(tensor([0, 3, 6, 9], [4], 'int32'), 10), { epochs: 1, verbose: 0 });
    (await scalars()).forEach((each, i) => {
      expect(each).not.toBe(start[i]);
    });
    expect(await logits(original)).toEqual(before);
  });

  it('Sparta in the form of a scaled ReLU starts as the network it is put into; dense layers keep theirs', async () => {
    const original = introduction();
    const replaced = replaceActivations(original, spartaSites(), { keep: ['dense_1'] });
    expect(spartaLayers(replaced)).toHaveLength(2);
    expect(await predicted(replaced)).toEqual(await predicted(original));
    expect(await predicted(await asFromKeras(replaced))).toEqual(await predicted(original));
  });

  it('leaves only its weights, and they go with it', async () => {
    const original = introduction();
    await logits(original);
    const { numTensors } = memory();
    const replaced = replaceActivations(original, 'swish');
    expect(memory().numTensors).toBe(numTensors + original.weights.length);
    replaced.dispose();
    expect(memory().numTensors).toBe(numTensors);
  });
});

describe("SAT's probe around a network", () => {
  const n = 6;
  const relu = () => smallCnn({ width: 4, seed: 1 });
  const images = () => tensor4d(uniform({ seed: 4, stream: 'digits' }, n * 64), [n, 8, 8, 1]);
  const index = Float64Array.from({ length: n }, (_, i) => i);
  const withPhases = (phases: SmoothedPhase[]) =>
    fromLayersModel(replaceActivations(relu(), new SmoothGradientReLU({ phases })), { bounds: [0, 1] });
  const plain = () => fromLayersModel(relu(), { bounds: [0, 1] });
  /** As the network sees them: nothing is broken before the attack. */
  const labels = () => argMax(plain()(images()), 1) as Tensor1D;

  beforeAll(async () => {
    await useBackend('cpu');
  });

  const attacked = async (f: Classifier) =>
    (await pgd(f, images(), labels(), { eps: 0.05, steps: 5, seed: 3 })).x.data();

  it.each<[SmoothedPhase[]]>([[[]], [['craft']], [['update']], [['craft', 'update']]])(
    'phases %j reach the attack, the objective and the update that they name, and no other',
    async (phases) => {
      const f = withPhases(phases);
      const expectSame = (same: boolean, a: ArrayLike<number>, b: ArrayLike<number>) =>
        same ? expect(a).toEqual(b) : expect(a).not.toEqual(b);
      const crafted = !phases.includes('craft');
      expectSame(true, await attacked(f), await attacked(plain()));
      expectSame(crafted, await attacked(f.classifier(modes.craft)), await attacked(plain()));

      const objective = adversarialTraining({ eps: 0.05, steps: 4, stepSize: 0.02 });
      const perturbed = async (g: typeof f) =>
        (await objective.perturb(g, images(), labels(), { seed: 0, index })).data();
      expectSame(crafted, await perturbed(f), await perturbed(plain()));

      const gradients = (g: typeof f) => {
        const target = cast(oneHot(labels(), 10), 'float32') as Tensor2D;
        const { value, grads } = variableGrads(() => objective.loss(g, images(), images(), target, labels()));
        const [first] = g.parameters();
        return { value: value.dataSync(), first: grads[first.variable.name].dataSync() };
      };
      const [ours, theirs] = [gradients(f), gradients(plain())];
      expect(ours.value).toEqual(theirs.value);
      expectSame(!phases.includes('update'), ours.first, theirs.first);
    },
  );

  it('as the activation of an architecture is the same network', async () => {
    const built = fromLayersModel(smallCnn({ width: 4, seed: 1, activation: new SmoothGradientReLU() }), {
      bounds: [0, 1],
    });
    const around = withPhases(['craft', 'update']);
    expect(await attacked(built.classifier(modes.craft))).toEqual(await attacked(around.classifier(modes.craft)));
    expect(await (built(images()) as Tensor).data()).toEqual(await (plain()(images()) as Tensor).data());
  });
});
