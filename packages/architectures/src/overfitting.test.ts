import '@tensorflow/tfjs-backend-wasm';
import { repairBackend } from '@agoge/backends';
import { type ForwardMode, fromLayersModel, modes, normal } from '@agoge/core';
import {
  argMax,
  losses,
  oneHot,
  setBackend,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { describe as described } from './describe/describe';
import { architectures } from './registry';
import { type SmallOptions, smallOptions } from './small-networks.fixture';

const full = process.env.AGOGE_TEST === 'full';
const share = ['alexNet', 'efficientNetB0', 'fastAtCnn', 'resnet18', 'tradesCnn', 'vgg11'];
const names = Object.keys(architectures).filter((name) => full || share.includes(name));

/** As wide as published where a step then takes about a second; else, and always for a share, narrow. */
function optionsOf(name: string): SmallOptions {
  const { inputShape, ...narrow } = smallOptions(name);
  const published = { inputShape, classes: 10 };
  const network = architectures[name]({ ...published, initializer: 'zeros' });
  const { trained, multiplyAdds } = described(network);
  network.dispose();
  if (full && trained < 50e6 && Number(multiplyAdds) < 20e6) return published;
  // Two channels, half of what is made of them dropped, cannot tell 16 images apart; and narrow heads start too small.
  const wider = /^(alex|vgg)/.test(name) ? { width: 8, dropout: 0, initializer: 'he-fan-in' as const } : {};
  return { ...published, ...narrow, ...wider };
}

beforeAll(async () => {
  await setBackend('wasm');
  repairBackend();
});

/** The batch's statistics, without dropout: what the training steps fitted. */
const fitted: ForwardMode = { ...modes.evaluate, statistics: 'batch' };

it.each(names)(
  `%s learns 16 images by heart${full ? '' : ' (a share; all with AGOGE_TEST=full)'}`,
  async (name) => {
    const n = 16;
    const options = optionsOf(name);
    const [height, width, channels] = options.inputShape;
    const network = architectures[name]({ ...options, seed: 1 });
    const f = fromLayersModel(network, { bounds: [0, 1] });
    const pixels = normal({ seed: 1, stream: 'images' }, n * height * width * channels);
    const x: Tensor4D = tensor4d(pixels, [n, height, width, channels]);
    const labels = Array.from({ length: n }, (_, i) => (7 * i) % 10);
    const target = tidy(() => oneHot(tensor1d(labels, 'int32'), 10) as Tensor2D);
    const variables = f.parameters().map(({ variable }) => variable);
    const optimizer = train.adam('width' in options ? 0.005 : 0.001);
    const learned = async () => {
      const classes = tidy(() => argMax(f.forward(x, fitted), 1));
      const found = [...(await classes.data())];
      classes.dispose();
      return found.filter((each, i) => each === labels[i]).length;
    };

    let steps = 0;
    while (steps < 400 && (await learned()) < n) {
      for (let i = 0; i < 20; i++, steps++) {
        optimizer.minimize(() => losses.softmaxCrossEntropy(target, f.forward(x, modes.update)), false, variables);
      }
    }
    expect(await learned(), `after ${steps} steps`).toBe(n);
    optimizer.dispose();
    network.dispose();
  },
  3_600_000,
);
