import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { fromLayersModel, uniform } from '@agoge/core';
import {
  grad,
  io,
  memory,
  mul,
  relu,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor4d,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, loadLayersModel, model, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readScalars, Sparta, type SpartaOptions } from '../index';
import '../register';
import { silu } from '../silu';
import { channelMaximum } from './channel-maximum';
import { ownName } from './own-name';

const shape: [number, number, number, number] = [2, 4, 3, 4];
const size = 96;
const numbers = (stream: string, length = size, low = -2, high = 2) => uniform({ seed: 1, stream }, length, low, high);
const images = () => tensor4d(numbers('x'), shape);

/** A layer whose last convolution says something, as after training. */
function trained(options: SpartaOptions): Sparta {
  const layer = new Sparta(options);
  tidy(() => {
    layer.apply(images());
    for (const weight of layer.weights) {
      const own = ownName(weight.originalName);
      if (own === 'conv1.kernel') continue;
      const count = weight.shape.reduce<number>((total, each) => total * Number(each), 1);
      const [low, high] = own === 'k' ? [1.3, 1.5] : [-0.6, 0.6];
      weight.write(tensor(numbers(own, count, low, high), weight.shape as number[]));
    }
  });
  return layer;
}

/** A convolution with zeros around the image, in float64. */
function convolution(x: number[], channels: number, kernel: number[], bias: number[], width: number): number[] {
  const [n, h, w] = shape;
  const reach = (width - 1) / 2;
  const to = bias.length;
  const out: number[] = [];
  for (let i = 0; i < n * h * w * to; i++) {
    const [o, column, row, image] = [
      i % to,
      Math.floor(i / to) % w,
      Math.floor(i / to / w) % h,
      Math.floor(i / to / w / h),
    ];
    let total = bias[o];
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) {
        const [r, c] = [row + a - reach, column + b - reach];
        if (r < 0 || c < 0 || r >= h || c >= w) continue;
        for (let from = 0; from < channels; from++) {
          const weight = kernel[((a * width + b) * channels + from) * to + o];
          total += weight * x[((image * h + r) * w + c) * channels + from];
        }
      }
    }
    out.push(total);
  }
  return out;
}

const weightsOf = (layer: layers.Layer) => layer.getWeights().map((each) => [...each.dataSync()]);

/** Sparta as its docstring says, in float64. */
function reference(layer: Sparta, x: number[], [k1, b1, k2, b2, k] = weightsOf(layer)): number[] {
  const { form, gate, kernelSize } = layer.getConfig() as unknown as Required<SpartaOptions>;
  const channels = shape[3];
  const rows = Array.from({ length: size / channels }, (_, i) => x.slice(i * channels, (i + 1) * channels));
  const seen =
    gate === 'shared'
      ? rows.flatMap((row) => [row.reduce((total, each) => total + each, 0) / channels, Math.max(...row)])
      : x;
  const hidden = convolution(seen, gate === 'shared' ? 2 : channels, k1, b1, kernelSize).map((each) =>
    Math.max(each, 0),
  );
  const phi = convolution(hidden, b1.length, k2, b2, kernelSize);
  return x.map((value, i) => {
    const z = phi[gate === 'shared' ? Math.floor(i / channels) : i];
    const s = (at: number) => 1 / (1 + Math.exp(-at));
    return form === 'gate' ? value * s(k[0] * value + z) : Math.max(value * 2 * s(z), 0);
  });
}

const kinds: SpartaOptions[] = [
  { form: 'scaled-relu', gate: 'stage' },
  { form: 'scaled-relu', gate: 'shared', hidden: 5 },
  { form: 'gate', gate: 'stage', reduction: 2, kernelSize: 5 },
  { form: 'gate', gate: 'shared', kernelSize: 1 },
];
const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number) => {
  expect(found.length).toBe(wanted.length);
  const worst = Math.max(...Array.from(wanted, (each, i) => Math.abs(found[i] - each) / (1 + Math.abs(each))));
  expect(worst).toBeLessThan(tolerance);
};
const apply = (layer: layers.Layer, x: Tensor) => layer.apply(x) as Tensor4D;
/** Weighted by unlike numbers, so that no two entries of a gradient are swapped unseen. */
const objective = (y: Tensor): Scalar => sum(mul(y, tensor4d(numbers('weights'), shape)));

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

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  it.each(kinds)('%o is its formula', (options) => {
    const layer = trained(options);
    close(apply(layer, images()).dataSync(), reference(layer, [...numbers('x')]), 2e-6);
  });

  it.each(kinds)(
    '%o: the gradient to the input goes through the gate, as central differences of the formula',
    (options) => {
      const layer = trained(options);
      const found = grad((x) => objective(apply(layer, x as Tensor)))(images()).dataSync();
      const x = [...numbers('x')];
      const weights = numbers('weights');
      const at = (i: number, step: number) => {
        const y = reference(
          layer,
          x.map((each, j) => (i === j ? each + step : each)),
        );
        return y.reduce((total, each, j) => total + each * weights[j], 0);
      };
      const wanted = x.map((_, i) => (at(i, 1e-6) - at(i, -1e-6)) / 2e-6);
      close(found, wanted, 1e-5);
    },
  );

  it.each(['stage', 'shared'] as const)('gate %s starts as exactly ReLU or as SiLU, in value and slope', (gate) => {
    for (const [form, twin] of [
      ['scaled-relu', relu],
      ['gate', silu],
    ] as const) {
      const layer = new Sparta({ form, gate });
      const slope = (f: (x: Tensor) => Tensor) => grad((x) => objective(f(x)))(images()).dataSync();
      const [y, dx] = [apply(layer, images()).dataSync(), slope((x) => apply(layer, x))];
      if (form === 'scaled-relu') {
        expect(y).toEqual(relu(images()).dataSync());
        close(dx, slope(relu), 1e-37);
      } else {
        close(y, twin(images()).dataSync(), 1e-6);
        close(dx, slope(silu), 1e-6);
      }
    }
  });

  it('is ReLU in the limit of a steep gate', () => {
    const layer = new Sparta({ form: 'gate' });
    apply(layer, images());
    const k = layer.weights[4];
    k.write(tensor([1e4]));
    close(apply(layer, images()).dataSync(), relu(images()).dataSync(), 1e-4);
  });

  it('depends on the neighbourhood, not on what is further away', () => {
    const layer = trained({ gate: 'stage', inputShape: [9, 9, 4] });
    const value = (at: number) => {
      const x = numbers('wide', 9 * 9 * 4);
      x[(4 * 9 + at) * 4] += 1;
      const y = apply(layer, tensor4d(x, [1, 9, 9, 4])).dataSync();
      return [...y.slice((4 * 9 + 2) * 4, (4 * 9 + 3) * 4)];
    };
    // Two 3 x 3 convolutions see two positions to each side: column 2 sees columns 0 to 4.
    expect(value(4)).not.toEqual(value(8));
    expect(value(5)).toEqual(value(8));
  });

  it('the maximum over channels shares its gradient among those that tie', () => {
    const x = tensor4d([3, 3, 1, 2, 5, 4, 0, 0, 0], [1, 1, 3, 3]);
    const dx = grad((each) => sum(mul(channelMaximum(each as Tensor4D), 6)))(x).dataSync();
    expect([...dx]).toEqual([3, 3, 0, 0, 6, 0, 2, 2, 2]);
  });

  it.each(kinds)('%o stays finite at large inputs, and leaves no tensor', (options) => {
    const layer = trained(options);
    const before = memory().numTensors;
    const far = (sign: number) =>
      tensor4d(
        numbers('x').map((each) => each * 5e3 * sign),
        shape,
      );
    for (const sign of [1, -1]) {
      tidy(() => {
        expect(apply(layer, far(sign)).dataSync().every(Number.isFinite)).toBe(true);
        expect(
          grad((x) => objective(apply(layer, x as Tensor)))(far(sign))
            .dataSync()
            .every(Number.isFinite),
        ).toBe(true);
      });
    }
    expect(memory().numTensors).toBe(before);
    layer.dispose();
  });

  it.each(kinds)('%o saves and reloads, frozen too', async (options) => {
    const layer = trained({ ...options, seed: 5, name: 'sparta/stage1' });
    const x = input({ shape: [4, 3, 4] });
    const original = model({ inputs: x, outputs: layer.apply(x) as typeof x });
    layer.trainable = false;
    const again = await reload(original);
    const [, found] = again.layers;
    expect(found).toBeInstanceOf(Sparta);
    expect(found.getConfig()).toEqual(layer.getConfig());
    expect((again.predict(images()) as Tensor).dataSync()).toEqual(apply(layer, images()).dataSync());
    expect(again.trainableWeights).toEqual([]);
  });
});

describe('on cpu', () => {
  beforeAll(async () => {
    await setBackend('cpu');
  });

  it.each(kinds)('%o: gradients to the weights as central differences of the formula', (options) => {
    const layer = trained(options);
    const variables = layer.trainableWeights.map((weight) => weight.read() as Variable);
    const { grads } = variableGrads(() => objective(apply(layer, images())), variables);
    const along = numbers('weights');
    const values = weightsOf(layer);
    variables.forEach(({ name }, at) => {
      const found = grads[name].dataSync();
      const wanted = values[at].map((_, i) => {
        const [above, below] = [1e-6, -1e-6].map((step) => {
          const moved = values.map((each, j) => each.map((value, n) => (j === at && n === i ? value + step : value)));
          return reference(layer, [...numbers('x')], moved).reduce((total, each, j) => total + each * along[j], 0);
        });
        return (above - below) / 2e-6;
      });
      close(found, wanted, 1e-5);
    });
  });

  it('tells a NaN to its neighbourhood, and no further', () => {
    for (const gate of ['stage', 'shared'] as const) {
      const x = new Float32Array(7).fill(1);
      x[1] = Number.NaN;
      const y = apply(new Sparta({ gate }), tensor4d(x, [1, 1, 7, 1])).dataSync();
      expect([...y]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 1, 1, 1]);
    }
  });

  it('starts the same for the same seed and name, and otherwise for others', () => {
    const first = (options: SpartaOptions) => {
      const layer = new Sparta(options);
      apply(layer, images());
      return [...layer.getWeights()[0].dataSync()];
    };
    expect(first({ seed: 3 })).toEqual(first({ seed: 3 }));
    expect(first({ seed: 3 })).not.toEqual(first({ seed: 4 }));
    expect(first({ name: 'a' })).not.toEqual(first({ name: 'b' }));
    const drawn = first({ reduction: 1 });
    const variance = drawn.reduce((total, each) => total + each * each, 0) / drawn.length;
    expect(variance / (2 / 36)).toBeGreaterThan(0.6);
    expect(variance / (2 / 36)).toBeLessThan(1.6);
  });

  it('a shared gate fits any width, in one network', () => {
    const layer = new Sparta({ gate: 'shared' });
    expect(apply(layer, images()).shape).toEqual(shape);
    expect(apply(layer, tensor4d(numbers('x'), [2, 4, 6, 2])).shape).toEqual([2, 4, 6, 2]);
    expect(layer.countParams()).toBe(9 * 2 * 8 + 8 + 9 * 8 + 1);
  });

  it('names its weights, tells k, spares it weight decay and has all gradients clipped', async () => {
    const net = sequential({ layers: [new Sparta({ form: 'gate', inputShape: [4, 3, 4] })] });
    const names = ['conv1.kernel', 'conv1.bias', 'conv2.kernel', 'conv2.bias', 'k'].map((name) => `sparta/${name}`);
    expect(net.trainableWeights.map(({ originalName }) => originalName)).toEqual(names);
    expect(await readScalars(net)).toEqual([{ name: 'sparta/k', value: 1 }]);
    expect(await readScalars(sequential({ layers: [new Sparta({ inputShape: [4, 3, 4] })] }))).toEqual([]);
    const hinted = fromLayersModel(sequential({ layers: [net, layers.flatten()] }), { bounds: [0, 1] }).parameters();
    expect(hinted.filter(({ decay }) => !decay).map(({ name }) => name)).toEqual(['sparta/k']);
    expect(hinted.map(({ clipNorm }) => clipNorm)).toEqual([0.1, 0.1, 0.1, 0.1, 0.1]);
    const free = sequential({ layers: [new Sparta({ clipNorm: null, inputShape: [4, 3, 4] }), layers.flatten()] });
    expect(
      fromLayersModel(free, { bounds: [0, 1] })
        .parameters()
        .some((each) => 'clipNorm' in each),
    ).toBe(false);
  });

  it.each([
    [
      () => new Sparta({ form: 'swish' as never }),
      RangeError,
      'Sparta: form must be one of "scaled-relu", "gate", got "swish"',
    ],
    [() => new Sparta({ gate: 1 as never }), TypeError, 'Sparta: gate must be one of "stage", "shared", got 1'],
    [() => new Sparta({ kernelSize: 4 }), RangeError, 'Sparta: kernelSize must be an odd integer >= 1, got 4'],
    [() => new Sparta({ reduction: 0 }), RangeError, 'Sparta: reduction must be an integer >= 1 or null, got 0'],
    [() => new Sparta({ hidden: 8 }), TypeError, 'Sparta: hidden must be left out but for gate "shared", got 8'],
    [
      () => new Sparta({ gate: 'shared', reduction: 4 }),
      TypeError,
      'reduction must be left out but for gate "stage", got 4',
    ],
    [() => new Sparta({ seed: -1 }), RangeError, 'Sparta: seed must be an integer >= 0, got -1'],
    [() => new Sparta({ ratio: 4 } as never), TypeError, 'Sparta: unknown option "ratio"'],
    [
      () => new Sparta().apply(tensor([1, 2], [1, 2])),
      Error,
      'input of "sparta" must have shape [n, height, width, channels], got [1, 2]',
    ],
    [
      () => {
        const layer = new Sparta();
        layer.apply(input({ shape: [4, 4, 6] }));
        layer.apply(input({ shape: [4, 4, 5] }));
      },
      Error,
      'Sparta: the input of "sparta" must have shape [n, height, width, 6], got [-1, 4, 4, 5]',
    ],
    [
      () => new Sparta().apply(input({ shape: [4, 4, null] })),
      Error,
      'the number of channels at "sparta" must be known',
    ],
  ])('%s', (make, kind, message) => {
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});
