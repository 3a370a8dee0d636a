import '@tensorflow/tfjs-backend-cpu';
import { normal } from '@agoge/core';
import {
  pad,
  reverse,
  setBackend,
  type Tensor,
  type Tensor4D,
  tensor,
  tensor4d,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { type PreActResNetOptions, preActResNet18 } from './pre-act-resnet';
import { wideResNet } from './wide-resnet';

beforeAll(async () => {
  await setBackend('cpu');
});

const shape = { inputShape: [16, 16, 3], activation: 'silu', seed: 1 } as const;
const images = tensor4d(normal({ seed: 1, stream: 'images' }, 2 * 16 * 16 * 3), [2, 16, 16, 3]);
const mirrored = <T extends Tensor>(x: T, axes: number[]) => reverse(x, axes);
const logitsOf = async (network: LayersModel, x: Tensor4D) => [...(await (network.predict(x) as Tensor).data())];

/** Statistics and scales as after training. */
function shaken(network: LayersModel): LayersModel {
  tidy(() => {
    for (const weight of network.weights) {
      if (!/(bn|batchnorm)/.test(weight.originalName)) continue;
      const noise = normal({ seed: 2, stream: weight.originalName }, Number(weight.shape[0]));
      const offset = /weight|running_var/.test(weight.originalName) ? 1 : 0;
      weight.write(tensor(noise.map((each) => offset + 0.2 * each)));
    }
  });
  return network;
}

/** The weights of a network in another of the same order, changed. */
function given(
  to: LayersModel,
  from: LayersModel,
  change: (kernel: Tensor, wanted: readonly number[]) => Tensor,
): void {
  expect(to.weights).toHaveLength(from.weights.length);
  tidy(() => {
    to.weights.forEach((weight, i) => {
      const value = from.weights[i].read();
      weight.write(value.rank === 4 ? change(value, weight.shape as number[]) : value.clone());
    });
  });
}

const close = (actual: number[], expected: number[]) => {
  const largest = Math.max(...expected.map(Math.abs));
  expect(largest).toBeGreaterThan(0.01);
  expected.forEach((each, i) => {
    expect(Math.abs(actual[i] - each) / largest).toBeLessThan(1e-4);
  });
};

/** Where strides are 2 TensorFlow's windows begin at the first pixel, PyTorch's end at the last: the one is the other in a mirror. */
const inMirror = (kernel: Tensor) => mirrored(kernel as Tensor4D, [0, 1]);

it("DeepMind's WideResNet is the other on mirrored images, kernels mirrored too, shortcuts aside", async () => {
  const options = { ...shape, depth: 10, width: 1 };
  const [theirs, other] = [shaken(wideResNet({ ...options, code: 'deepmind' })), wideResNet(options)];
  // Both take pixels 2 i, which a mirror makes others.
  const without = (kernel: Tensor) => (kernel.shape[0] === 1 ? zerosLike(kernel) : kernel.clone());
  given(theirs, theirs, without);
  given(other, theirs, inMirror);
  const logits = await logitsOf(theirs, images);
  close(await logitsOf(other, mirrored(images, [1, 2])), logits);
  expect(await logitsOf(other, images)).not.toEqual(logits);
  expect(theirs.layers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['init_conv', 'layer.0.block.0.conv_0', 'layer.2.block.0.shortcut', 'batchnorm', 'logits']),
  );
});

it("DeepMind's PreActResNet is the other in a mirror, if its 3 x 3 shortcuts have but the pixel of 1 x 1 ones", async () => {
  const options = { ...shape, width: 2 };
  const [theirs, other] = [
    preActResNet18({ ...options, code: 'deepmind' }),
    preActResNet18({ ...options, shortcut: 'input' }),
  ];
  given(theirs, shaken(other), (kernel, [size]) => {
    if (kernel.shape[0] === size) return inMirror(kernel);
    // The mirrored pixel 2 i is 2 i + 1 of the image: the middle of a window that begins at 2 i.
    return pad(kernel as Tensor4D, [
      [1, 1],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });
  close(await logitsOf(theirs, images), await logitsOf(other, mirrored(images, [1, 2])));
  expect(theirs.layers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['conv_2d', 'layer_0.0.conv_2d_1', 'layer_1.0.batchnorm_1', 'layer_3.0.shortcut', 'logits']),
  );
});

it('a shortcut starts at the input, or where that is normalised and activated: the same where neither does anything', async () => {
  const build = (options: PreActResNetOptions) => preActResNet18({ ...shape, width: 2, ...options });
  const [activated, input] = (['activated', 'input'] as const).map((shortcut) => build({ shortcut }));
  expect(await logitsOf(build({}), images)).toEqual(await logitsOf(activated, images));
  expect(await logitsOf(input, images)).not.toEqual(await logitsOf(activated, images));
  const plain = { activation: 'linear', normalization: 'none' } as const;
  const logits = await logitsOf(build({ ...plain, shortcut: 'input' }), images);
  expect(logits).toEqual(await logitsOf(build({ ...plain, shortcut: 'activated' }), images));
  const before = (network: LayersModel) =>
    network.getLayer('layer2.0.shortcut.0').inboundNodes[0].inboundLayers[0].name;
  expect([before(activated), before(input)]).toEqual(['layer2.0.act1', 'layer1.1.add']);
});

it.each([
  ['preActResNet18', () => preActResNet18({ code: 'trades' as 'cifar' }), 'code must be one of "cifar", "deepmind"'],
  ['preActResNet18', () => preActResNet18({ shortcut: 'output' as 'input' }), 'shortcut must be one of "activated"'],
  ['wideResNet', () => wideResNet({ code: 'cifar' as 'trades' }), 'code must be one of "trades", "deepmind"'],
])('%s refuses what it does not know', (name, build, message) => {
  expect(build).toThrow(`${name}: ${message}`);
});
