import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { repairBackend } from '@agoge/backends';
import { normal } from '@agoge/core';
import {
  concat,
  conv2d,
  dispose,
  grads,
  setBackend,
  split,
  sum,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { GroupedConv2D } from './grouped-convolution';

const groups = 32;

/**
 * The layer and a convolution for each group, gradients included, in the stages of ResNeXt-50; one after the other, so that a busy
 * machine slows both. In the last two stages they are the same program: how far they are apart there is the machine's noise.
 */
describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  describe.each([
    [56, 128],
    [28, 256],
    [14, 512],
    [7, 1024],
  ])('maps of %i pixels, %i channels', (size, channels) => {
    let inputs: Tensor[] = [];
    let layer: GroupedConv2D;
    const options = {
      time: 300,
      iterations: 3,
      async setup() {
        await setBackend(backend);
        repairBackend();
        layer = new GroupedConv2D({ filters: channels, kernelSize: 3, groups, padding: 'same' });
        const x = tensor(normal({ seed: 1, stream: 'x' }, size * size * channels), [1, size, size, channels]);
        tidy(() => void layer.apply(x));
        inputs = [x, layer.weights[0].read()];
      },
      teardown() {
        dispose(inputs[0]);
        layer.dispose();
      },
    };
    const apart = (x: Tensor, kernel: Tensor) => {
      const [images, kernels] = [x, kernel].map((each) => split(each, groups, 3) as Tensor4D[]);
      return concat(
        images.map((each, i) => conv2d(each, kernels[i], 1, 'same')),
        3,
      );
    };
    const slopes = (f: (x: Tensor, kernel: Tensor) => Tensor) => () =>
      void tidy(() => grads((x: Tensor, kernel: Tensor) => sum(f(x, kernel)))(inputs));

    bench(
      'GroupedConv2D',
      slopes((x) => layer.apply(x) as Tensor),
      options,
    );
    bench('a convolution for each group', slopes(apart), options);
  });
});
