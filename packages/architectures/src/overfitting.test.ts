import '@agoge/backend-onnx';
import '@tensorflow/tfjs-backend-wasm';
import { useBackend } from '@agoge/backends';
import { type ForwardMode, fromLayersModel, type ImageShape, modes, normal, type Trainable } from '@agoge/core';
import {
  argMax,
  image,
  losses,
  oneHot,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describe as described } from './describe/describe';
import type { NetworkOptions } from './network-options';
import { architectures } from './registry';
import { smallOptions } from './small-networks.fixture';

const full = process.env.AGOGE_TEST === 'full';
/** One of each family, narrow. */
const share: Record<string, NetworkOptions & { dropout?: number }> = {
  // Two channels, half of what is made of them dropped, cannot tell 16 images apart; and narrow heads start too small.
  alexNet: { width: 8, dropout: 0, initializer: 'he-fan-in' },
  efficientNetB0: {},
  fastAtCnn: {},
  lenet5: {},
  preActResNet18: {},
  resnet18: {},
  resnext50: {},
  tradesCnn: {},
  vgg11: { width: 8, dropout: 0, initializer: 'he-fan-in' },
  wideResNet: {},
};
/** Networks of more than 50 M parameters, made narrower. */
const narrower: Record<string, NetworkOptions> = {
  resnet152: { width: 32 },
  efficientNetB7: { width: 1 },
  efficientNetL1: { width: 1 },
};

/** As wide and deep as published but for {@link narrower}; images as small as leave a map of 1 x 1 or more. */
function wide(name: string): NetworkOptions {
  const { inputShape } = smallOptions(name);
  const [, , channels] = inputShape;
  const sizes: [RegExp, number][] = [
    [/^wideResNet/, 8],
    [/^(resnet18|resnet34|preActResNet)/, 16],
    [/^(alexNet|vgg|resn|efficientNet)/, 32],
  ];
  const size = sizes.find(([names]) => names.test(name))?.[1] ?? 28;
  return { inputShape: [size, size, channels], classes: 10, ...narrower[name] };
}

/** The batch's statistics, without dropout: what the training steps fitted. */
const fitted: ForwardMode = { ...modes.evaluate, statistics: 'batch' };

/** Images of 4 x 4 blocks of random colours: of white noise, all are alike to a network that ends in a mean over positions. */
const blocks = (n: number, [height, width, channels]: ImageShape): Tensor4D =>
  tidy(() => {
    const colours = tensor4d(normal({ seed: 1, stream: 'images' }, n * 16 * channels), [n, 4, 4, channels]);
    return image.resizeNearestNeighbor(colours, [height, width]);
  });

/** The loss of a batch, and how many of it are classified right. */
async function standing(f: Trainable, x: Tensor4D, labels: readonly number[], target: Tensor2D) {
  const [loss, classes] = tidy(() => {
    const logits = f.forward(x, fitted);
    return [losses.softmaxCrossEntropy(target, logits), argMax(logits, 1)];
  });
  const [[value], found] = [await loss.data(), [...(await classes.data())]];
  for (const each of [loss, classes]) each.dispose();
  return { loss: value, right: found.filter((each, i) => each === labels[i]).length };
}

it.each(full ? Object.keys(architectures) : Object.keys(share))(
  `%s learns 16 images by heart${full ? '' : ' (a share; all as wide as published with AGOGE_TEST=full)'}`,
  async (name) => {
    // Narrow networks, and those of many small layers, take less time than onnx takes to compile them.
    await useBackend(full && !name.startsWith('efficientNet') ? 'auto' : 'wasm');
    const n = 16;
    const options = full ? wide(name) : { ...smallOptions(name), ...share[name] };
    const network = architectures[name]({ ...options, seed: 1 });
    const f = fromLayersModel(network, { bounds: [0, 1] });
    const [height, width, channels] = network.inputs[0].shape.slice(1) as number[];
    const x = blocks(n, [height, width, channels]);
    const labels = Array.from({ length: n }, (_, i) => (7 * i) % 10);
    const target = tidy(() => oneHot(tensor1d(labels, 'int32'), 10) as Tensor2D);
    const variables = f.parameters().map(({ variable }) => variable);
    const optimizer = train.adam(full ? 0.001 : 0.005);

    const started = performance.now();
    const first = await standing(f, x, labels, target);
    let [last, steps] = [first, 0];
    while (steps < 1000 && (last.right < n || last.loss > first.loss / 10)) {
      for (let i = 0; i < 5; i++, steps++) {
        const cost = () => losses.softmaxCrossEntropy<Tensor2D, Scalar>(target, f.forward(x, modes.update));
        const before = optimizer.minimize(cost, true, variables);
        await before?.data();
        before?.dispose();
      }
      last = await standing(f, x, labels, target);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const what = `${name}, ${described(network).trained} parameters, images of ${height} x ${width} x ${channels}`;
    const course = `${steps} steps, loss ${first.loss.toPrecision(3)} -> ${last.loss.toPrecision(3)}`;
    if (full) process.stdout.write(`${what}: ${course}, ${last.right} of ${n} right, ${seconds} s\n`);
    expect(last.right, course).toBe(n);
    expect(last.loss, course).toBeLessThan(first.loss / 10);
    optimizer.dispose();
    network.dispose();
    for (const each of [x, target]) each.dispose();
  },
  3_600_000,
);
