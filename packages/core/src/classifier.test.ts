import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import {
  add,
  grad,
  io,
  matMul,
  memory,
  mul,
  profile,
  relu,
  reshape,
  setBackend,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BlackBox, Classifier, ForwardMode } from './contracts';
import { ModelError, ShapeError } from './errors';
import { checkExamples, checkLogits } from './examples';
import { blackBox, fromFunction, fromProbabilities, isBlackBox } from './from-function';
import { fromGraphModel } from './from-graph-model';
import { fromLayersModel } from './from-layers-model';
import { ensureGradients, lossAndGradient } from './gradient';
import { modes } from './modes';
import { uniform } from './random';

const [n, height, width, classes] = [4, 3, 2, 3];
const features = height * width;
const kernel = uniform({ seed: 1, stream: 'kernel' }, features * classes, -2, 2);
const bias = uniform({ seed: 1, stream: 'bias' }, classes, -1, 1);
const pixels = uniform({ seed: 1, stream: 'x' }, n * features);
const [mean, std] = [[0.4], [0.25]];
const images = () => tensor4d(pixels, [n, height, width, 1]);

/** Logits of the normalised images in float64. */
function expected(): number[] {
  return Array.from({ length: n * classes }, (_, at) => {
    const [i, c] = [Math.floor(at / classes), at % classes];
    let logit = bias[c];
    for (let j = 0; j < features; j++) logit += ((pixels[i * features + j] - 0.4) / 0.25) * kernel[j * classes + c];
    return logit;
  });
}

const logits = (x: Tensor4D) =>
  add(matMul(reshape(x, [-1, features]), tensor2d(kernel, [features, classes])), tensor1d(bias)) as Tensor2D;
const normalized = (x: Tensor4D) => mul(sub(x, 0.4), 4) as Tensor4D;

/** One dense layer, ending as asked. */
function layersModel(end: 'linear' | 'softmax' | 'softmax activation' | 'softmax layer' | 'nested softmax') {
  const inner = tfl.sequential({
    layers: [
      tfl.layers.flatten({ inputShape: [height, width, 1] }),
      tfl.layers.dense({
        units: classes,
        activation: end === 'linear' || end.startsWith('softmax ') ? 'linear' : 'softmax',
      }),
      ...(end === 'softmax activation' ? [tfl.layers.activation({ activation: 'softmax' })] : []),
      ...(end === 'softmax layer' ? [tfl.layers.softmax()] : []),
    ],
  });
  inner.setWeights([tensor2d(kernel, [features, classes]), tensor1d(bias)]);
  return end === 'nested softmax' ? tfl.sequential({ layers: [inner] }) : inner;
}

/** The same network as a converted graph; weights and topology made by hand. */
async function graphModel(end: 'linear' | 'softmax', signed = false) {
  const attr = { dtype: { type: 'DT_FLOAT' } };
  const node = (name: string, op: string, input: string[], more = {}) => ({
    name,
    op,
    input,
    attr: { T: { type: 'DT_FLOAT' }, ...more },
  });
  const nodes = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: { ...attr, shape: { shape: { dim: [-1, height, width, 1].map((size) => ({ size: String(size) })) } } },
    },
    { name: 'flat', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
    { name: 'kernel', op: 'Const', attr },
    { name: 'bias', op: 'Const', attr },
    node('reshape', 'Reshape', ['x', 'flat']),
    node('matmul', 'MatMul', ['reshape', 'kernel'], { transpose_a: { b: false }, transpose_b: { b: false } }),
    node('logits', 'BiasAdd', ['matmul', 'bias']),
    ...(end === 'softmax' ? [node('probabilities', 'Softmax', ['logits'])] : []),
    node('Identity', 'Identity', [end === 'softmax' ? 'probabilities' : 'logits']),
  ];
  const weightData = new Uint8Array(
    [Int32Array.of(-1, features), kernel, bias].flatMap((each) => [...new Uint8Array(each.buffer)]),
  );
  return loadGraphModel(
    io.fromMemory({
      modelTopology: { node: nodes, versions: { producer: 1 } },
      weightSpecs: [
        { name: 'flat', shape: [2], dtype: 'int32' },
        { name: 'kernel', shape: [features, classes], dtype: 'float32' },
        { name: 'bias', shape: [classes], dtype: 'float32' },
      ],
      weightData: weightData.buffer,
      ...(signed && {
        signature: {
          outputs: {
            Identity: { name: 'Identity:0', tensorShape: { dim: [{ size: '-1' }, { size: String(classes) }] } },
          },
        },
      }),
    }),
  );
}

const options = { bounds: [0, 1] as const, mean, std };
const adapters: Record<string, () => Classifier | Promise<Classifier>> = {
  fromFunction: () => fromFunction((x) => logits(normalized(x)), { bounds: [0, 1], classes }),
  fromLayersModel: () => fromLayersModel(layersModel('linear'), options),
  'fromLayersModel, dense softmax': () => fromLayersModel(layersModel('softmax'), options),
  'fromLayersModel, softmax activation': () => fromLayersModel(layersModel('softmax activation'), options),
  'fromLayersModel, softmax layer': () => fromLayersModel(layersModel('softmax layer'), options),
  'fromLayersModel, nested softmax': () => fromLayersModel(layersModel('nested softmax'), options),
  fromGraphModel: async () => fromGraphModel(await graphModel('linear'), { ...options, classes }),
  'fromGraphModel, softmax': async () => fromGraphModel(await graphModel('softmax', true), options),
};

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

describe.each(Object.entries(adapters))('%s', (_name, make) => {
  it('gives the logits of images in pixel space', async () => {
    const f = await make();
    expect(f.classes).toBe(classes);
    expect(f.bounds).toEqual([0, 1]);
    const got = f(images());
    expect(got.shape).toEqual([n, classes]);
    expected().forEach((value, i) => {
      expect(got.dataSync()[i]).toBeCloseTo(value, 4);
    });
  });

  it('gives gradients in pixel space', async () => {
    const f = await make();
    const g = grad((x) => sum(f(x as Tensor4D)))(images());
    const exact = Array.from(
      { length: features },
      (_, j) => kernel.slice(j * classes, (j + 1) * classes).reduce((a, b) => a + b, 0) / 0.25,
    );
    g.dataSync().forEach((value, at) => {
      expect(value).toBeCloseTo(exact[at % features], 3);
    });
  });

  it('neither leaks nor disposes of its images', async () => {
    const f = await make();
    const x = images();
    f(x).dispose();
    const before = memory().numTensors;
    f(x).dispose();
    grad((each) => sum(f(each as Tensor4D)))(x).dispose();
    expect(memory().numTensors).toBe(before);
    expect(x.isDisposed).toBe(false);
  });
});

describe('fromProbabilities', () => {
  it('gives logits up to a constant, and their gradients', () => {
    const f = fromProbabilities((x) => softmax(logits(normalized(x))), { bounds: [0, 1], classes });
    const shift = (values: ArrayLike<number>, i: number) => values[i] - values[Math.floor(i / classes) * classes];
    const got = f(images()).dataSync();
    got.forEach((_, i) => {
      expect(shift(got, i)).toBeCloseTo(shift(expected(), i), 3);
    });
  });

  it('stays finite where a probability is 0', () => {
    const f = fromProbabilities((x) => tidy(() => mul(tensor2d([[1, 0]]), add(mul(sum(x), 0), 1))) as Tensor2D, {
      bounds: [0, 1],
      classes: 2,
    });
    const g = grad((x) => sum(f(x as Tensor4D)))(tensor4d(pixels.slice(0, features), [1, height, width, 1]));
    expect([...f(images()).dataSync(), ...g.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe('blackBox', () => {
  it.each(['logits', 'probabilities', 'labels'] as const)('carries what it returns: %s', async (output) => {
    const f = blackBox(async (x) => logits(x), { bounds: [0, 255], classes, output });
    expect(isBlackBox(f)).toBe(true);
    expect(isBlackBox(fromFunction(logits, { bounds: [0, 1], classes }))).toBe(false);
    expect({ ...f }).toEqual({ bounds: [0, 255], classes, output });
    expect((await f(images())).shape).toEqual([n, classes]);
  });
});

describe('a service behind a message port', () => {
  it('is a BlackBox, by the adapter or made by hand', async () => {
    const { port1, port2 } = new MessageChannel();
    port2.on('message', ({ shape, values }) => {
      const answer = logits(tensor4d(values, shape));
      port2.postMessage({ shape: answer.shape, values: answer.dataSync() });
    });
    const ask = async (x: Tensor4D) => {
      port1.postMessage({ shape: x.shape, values: await x.data() });
      const [{ shape, values }] = await once(port1, 'message');
      return tensor2d(values, shape);
    };
    const described = { bounds: [0, 1] as const, classes, output: 'logits' as const };
    for (const f of [blackBox(ask, described), Object.assign(ask, described)] satisfies BlackBox[]) {
      expect(isBlackBox(f)).toBe(true);
      expect((await f(images())).dataSync()).toEqual(logits(images()).dataSync());
    }
    port1.close();
  });
});

describe('stock layers in a forward mode', () => {
  const model = () =>
    tfl.sequential({
      layers: [
        tfl.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [height, width, 1] }),
        tfl.layers.batchNormalization({ momentum: 0.5, name: 'bn' }),
        tfl.layers.dropout({ rate: 0.5 }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: classes }),
      ],
    });
  const moving = (m: tfl.LayersModel) =>
    m
      .getLayer('bn')
      .getWeights()
      .slice(2)
      .map((each) => [...each.dataSync()]);

  it('follow the statistics: running, batch, batch-and-update', () => {
    const m = model();
    const f = fromLayersModel(m, { bounds: [0, 1] });
    const start = moving(m);
    const running = f(images()).dataSync();
    const batch = f.forward(images(), { ...modes.evaluate, statistics: 'batch' }).dataSync();
    expect(moving(m)).toEqual(start);
    expect(Math.max(...batch.map((each, i) => Math.abs(each - running[i])))).toBeGreaterThan(1e-3);
    const update = f.forward(images(), { ...modes.evaluate, statistics: 'batch-and-update' }).dataSync();
    expect(update).toEqual(batch);
    expect(moving(m)).not.toEqual(start);
    const { momentum, call } = m.getLayer('bn') as unknown as { momentum: number; call: unknown };
    expect(momentum).toBe(0.5);
    expect(Object.hasOwn(m.getLayer('bn'), 'call')).toBe(false);
    expect(call).toBeTypeOf('function');
  });

  it('drop out only in training, and differentiate in every mode', () => {
    const f = fromLayersModel(model(), { bounds: [0, 1] });
    expect(f(images()).dataSync()).toEqual(f(images()).dataSync());
    const twice = [0, 1].map(() => f.forward(images(), modes.update).dataSync());
    expect(twice[0]).not.toEqual(twice[1]);
    for (const mode of [modes.evaluate, modes.craft, modes.update]) {
      const g = grad((x) => sum(mul(f.classifier(mode)(x as Tensor4D), tensor1d([1, 2, 4]))))(images());
      expect(Math.max(...g.dataSync().map(Math.abs))).toBeGreaterThan(1e-4);
    }
  });

  it('convolve as by themselves, and an attack pays for no gradient of kernels', async () => {
    const strided = tfl.layers.conv2d({
      filters: 3,
      kernelSize: 2,
      strides: 2,
      padding: 'same',
      name: 'c',
      inputShape: [4, 5, 1],
    });
    const m = tfl.sequential({ layers: [strided, tfl.layers.flatten()] });
    const x = tensor4d(uniform({ seed: 3, stream: 'x' }, 40), [2, 4, 5, 1]);
    const f = fromLayersModel(m, { bounds: [0, 1] });
    const plain = m.predict(x) as Tensor;
    const names = async (mode: ForwardMode) => {
      const { kernelNames } = await profile(() => grad((each) => sum(f.forward(each as Tensor4D, mode)))(x));
      return kernelNames;
    };
    f(x)
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(plain.dataSync()[i], 5);
      });
    expect(await names(modes.craft)).toContain('Conv2DBackpropInput');
    expect(await names(modes.craft)).not.toContain('Conv2DBackpropFilter');
    expect(await names(modes.update)).toContain('Conv2DBackpropFilter');
  });

  it('convolve dilated in two operations in every mode: fused in one, tfjs has no gradient', async () => {
    const dilated = tfl.layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: 2, inputShape: [4, 5, 1] });
    const m = tfl.sequential({ layers: [dilated, tfl.layers.flatten()] });
    const x = tensor4d(uniform({ seed: 3, stream: 'x' }, 20), [1, 4, 5, 1]);
    const f = fromLayersModel(m, { bounds: [0, 1] });
    for (const mode of [modes.evaluate, modes.craft, modes.update]) {
      const { kernelNames } = await profile(() => f.forward(x, mode));
      expect(kernelNames).toContain('Conv2D');
      expect(kernelNames).not.toContain('FusedConv2D');
    }
    expect(f(x).dataSync()).toEqual((m.predict(x) as Tensor).dataSync());
  });

  it('are put back when the forward pass throws', () => {
    const m = model();
    const f = fromLayersModel(m, { bounds: [0, 1] });
    expect(() => f(tensor4d(new Float32Array(8), [1, 8, 1, 1]))).toThrow();
    expect(m.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
  });

  it('say when batch statistics cannot be had', () => {
    const m = tfl.sequential({
      layers: [tfl.layers.batchNormalization({ scale: false, name: 'b', inputShape: [2, 2, 1] }), tfl.layers.flatten()],
    });
    const f = fromLayersModel(m, { bounds: [0, 1] });
    expect(f(tensor4d([1, 2, 3, 4], [1, 2, 2, 1])).shape).toEqual([1, 4]);
    expect(() => f.forward(tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), modes.update)).toThrow(
      'layer b cannot use statistics "batch-and-update"',
    );
  });
});

describe('a layers model as a Trainable', () => {
  it('names weights alike for the same network built twice', () => {
    const names = () =>
      fromLayersModel(layersModel('linear'), options)
        .parameters()
        .map(({ name }) => name.replace(/_Dense\d+/, ''));
    const build = () =>
      fromLayersModel(
        tfl.sequential({
          layers: [
            tfl.layers.flatten({ inputShape: [height, width, 1] }),
            tfl.layers.dense({ units: 2, name: 'head' }),
          ],
        }),
        options,
      );
    expect(
      build()
        .parameters()
        .map((each) => each.name),
    ).toEqual(['head/kernel', 'head/bias']);
    expect(
      build()
        .parameters()
        .map((each) => each.name),
    ).toEqual(['head/kernel', 'head/bias']);
    expect(names()).toHaveLength(2);
  });

  it('counts the penalty of a shared layer once, and differentiates it', () => {
    const shared = tfl.layers.dense({
      units: features,
      kernelRegularizer: tfl.regularizers.l2({ l2: 1 }),
      useBias: false,
      name: 'shared',
    });
    const input = tfl.input({ shape: [height, width, 1] });
    let h = tfl.layers.flatten().apply(input) as tfl.SymbolicTensor;
    for (let i = 0; i < 3; i++) h = shared.apply(h) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: h });
    const f = fromLayersModel(model, { bounds: [0, 1] });
    const exact = Array.from(shared.getWeights()[0].dataSync()).reduce((total, w) => total + w * w, 0);
    expect(f.penalty().dataSync()[0]).toBeCloseTo(exact, 4);
    expect(f.parameters()).toHaveLength(1);
    expect(fromLayersModel(layersModel('linear'), options).penalty().dataSync()[0]).toBe(0);
  });

  it('separates buffers from parameters and takes a layer at its hints', () => {
    class Hinting extends tfl.layers.Layer {
      static className = 'Hinting';
      override build() {
        this.addWeight('alpha', [], 'float32', tfl.initializers.ones());
        this.built = true;
      }
      override call(inputs: Tensor | Tensor[]) {
        return ([inputs].flat()[0] as Tensor).clone();
      }
      trainingHints() {
        return { alpha: { decay: false, clipNorm: 0.1 } };
      }
    }
    const m = tfl.sequential({
      layers: [
        new Hinting({ name: 'hinting', inputShape: [height, width, 1] } as ConstructorParameters<
          typeof tfl.layers.Layer
        >[0]),
        tfl.layers.batchNormalization({ name: 'bn' }),
        tfl.layers.flatten(),
      ],
    });
    const f = fromLayersModel(m, { bounds: [0, 1] });
    expect(f.parameters().map(({ name, decay, clipNorm }) => ({ name, decay, clipNorm }))).toEqual([
      { name: 'hinting/alpha', decay: false, clipNorm: 0.1 },
      { name: 'bn/gamma', decay: true, clipNorm: undefined },
      { name: 'bn/beta', decay: true, clipNorm: undefined },
    ]);
    expect(f.buffers().map(({ name }) => name)).toEqual(['bn/moving_mean', 'bn/moving_variance']);
    expect(f.weights?.()).toHaveLength(5);
  });

  it('refuses two weights of one name', () => {
    const inner = () => tfl.sequential({ layers: [tfl.layers.dense({ units: 4, name: 'same', inputShape: [4] })] });
    const m = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 2, 1] }), inner(), inner()] });
    expect(() => fromLayersModel(m, { bounds: [0, 1] }).parameters()).toThrow('two weights are named "same/kernel"');
  });
});

describe('models of another form', () => {
  const one = tfl.input({ shape: [4] });
  const image = tfl.input({ shape: [2, 2, 1] });
  it.each([
    [
      tfl.model({ inputs: one, outputs: tfl.layers.dense({ units: 2 }).apply(one) as tfl.SymbolicTensor }),
      ShapeError,
      "model's input must have shape [n, height, width, channels], got [-1, 4]",
    ],
    [
      tfl.model({
        inputs: image,
        outputs: tfl.layers.conv2d({ filters: 2, kernelSize: 1 }).apply(image) as tfl.SymbolicTensor,
      }),
      ShapeError,
      "model's output must have shape [n, classes]",
    ],
    [
      tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 2, 1] }), tfl.layers.dense({ units: 1 })] }),
      ModelError,
      'model must have 2 classes or more, has 1 output',
    ],
  ])('are refused', (model, kind, message) => {
    expect(() => fromLayersModel(model, { bounds: [0, 1] })).toThrow(kind);
    expect(() => fromLayersModel(model, { bounds: [0, 1] })).toThrow(message);
  });

  it.each([
    [{}, 'fromLayersModel: bounds must be an array of 2 x a finite number, got undefined'],
    [{ bounds: [1, 0] }, 'fromLayersModel: bounds must be [low, high] with low < high, got [1, 0]'],
    [{ bounds: [0, 1], std: [0] }, 'fromLayersModel: std must be an array of a finite number > 0, got [0]'],
    [{ bounds: [0, 1], normalise: true }, 'fromLayersModel: unknown option "normalise"'],
  ])('options %j are refused', (bad, message) => {
    expect(() => fromLayersModel(layersModel('linear'), bad as typeof options)).toThrow(message);
  });

  it('a graph that does not tell its classes is refused', async () => {
    const model = await graphModel('linear');
    expect(() => fromGraphModel(model, { bounds: [0, 1] })).toThrow('give options.classes');
  });
});

describe('checkExamples and checkLogits', () => {
  const f = fromFunction(logits, { bounds: [0, 1], classes });
  const labels = (...y: number[]) => tensor1d(y, 'int32');
  const withPixel = (value: number) =>
    tensor4d(
      pixels.map((each, i) => (i === 7 ? value : each)),
      [n, height, width, 1],
    );

  it('let good examples through without a leak', async () => {
    const [x, y] = [images(), labels(0, 1, 2, 0)];
    const z = f(x);
    const before = memory().numTensors;
    await checkExamples('pgd', f, x, y);
    await checkLogits('pgd', f, z, n);
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    [
      () => [tensor2d(pixels, [4, 6]), labels(0, 1, 2, 0)],
      'pgd: x must have shape [n, height, width, channels], got [4, 6]',
    ],
    [
      () => [tensor4d([], [0, 3, 2, 1]), labels()],
      'pgd: x must have shape [n, height, width, channels] with no dimension 0, got [0, 3, 2, 1]',
    ],
    [() => [images(), labels(0, 1)], 'pgd: y must have shape [4], got [2]'],
    [() => [images(), labels(0, 1, 3, 0)], 'pgd: y[2] must be a whole number from 0 to 2, got 3'],
    [() => [images(), labels(-1, 1, 2, 0)], 'pgd: y[0] must be a whole number from 0 to 2, got -1'],
    [() => [images(), tensor1d([0, 0.5, 1, 2])], 'pgd: y[1] must be a whole number from 0 to 2, got 0.5'],
    [
      () => [withPixel(1.5), labels(0, 1, 2, 0)],
      "pgd: x must lie within the classifier's bounds [0, 1], got pixels from",
    ],
    [() => [withPixel(NaN), labels(0, 1, 2, 0)], 'pgd: x must be finite, got "NaN or infinite pixels"'],
    [() => [withPixel(Infinity), labels(0, 1, 2, 0)], 'pgd: x must be finite'],
  ])('refuse bad ones (%#)', async (make, message) => {
    const [x, y] = make() as [Tensor4D, ReturnType<typeof labels>];
    await expect(checkExamples('pgd', f, x, y)).rejects.toThrow(message);
  });

  it.each([
    [() => softmax(logits(images())), 'wrap it with fromProbabilities'],
    [() => mul(logits(images()), NaN), 'the classifier must return finite logits, got NaN for image 0'],
    [() => slice(logits(images()), [0, 0], [4, 2]), "the classifier's output must have shape [4, 3], got [4, 2]"],
  ])('refuse what is no logits (%#)', async (make, message) => {
    await expect(checkLogits('pgd', f, make() as Tensor, n)).rejects.toThrow(message);
  });
});

describe('lossAndGradient', () => {
  it('gives logits, losses and gradients of one pass, owned by the caller', () => {
    const f = fromFunction((x) => relu(logits(x)) as Tensor2D, { bounds: [0, 1], classes });
    const x = images();
    const before = memory().numTensors;
    const result = lossAndGradient(f, x, (z) => sum(mul(z, z), 1));
    expect(memory().numTensors).toBe(before + 3);
    const [z, loss, g] = [result.logits, result.loss, result.gradient].map((each) => each.dataSync<'float32'>());
    loss.forEach((value, i) => {
      expect(value).toBeCloseTo(
        z.slice(i * classes, (i + 1) * classes).reduce((total, each) => total + each * each, 0),
        3,
      );
    });
    const h = 1e-3;
    for (const at of [0, 5, 13]) {
      const moved = (by: number) => {
        const values = pixels.map((each, i) => (i === at ? each + by : each));
        return sum(
          mul(f(tensor4d(values, [n, height, width, 1])), f(tensor4d(values, [n, height, width, 1]))),
        ).dataSync()[0];
      };
      expect(g[at]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 1);
    }
  });

  it('is tidied like any tensor', () => {
    const f = fromFunction(logits, { bounds: [0, 1], classes });
    const x = images();
    tidy(() => {
      lossAndGradient(f, x, (z) => sum(z, 1));
    });
    const before = memory().numTensors;
    tidy(() => {
      lossAndGradient(f, x, (z) => sum(z, 1));
    });
    expect(memory().numTensors).toBe(before);
  });
});
