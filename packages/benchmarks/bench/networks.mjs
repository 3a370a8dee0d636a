// The networks that are timed. Their twins stand in peers/pytorch_steps.py and pytorch_training.py.
import { batchNormalization, fastAtCnn, resnet18 } from '@agoge/architectures';
import { uniform } from '@agoge/core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';

/** By name: how it is built, a narrower one for trials, the shape of its images, how many weights are trained at full width. */
export const networks = {
  resnet18: {
    make: (width = 64) => resnet18({ width, initializer: 'zeros' }),
    shape: [32, 32, 3],
    parameters: 11_173_962,
  },
  'wrn-28-10': { make: (width = 10) => wideResnet(width), shape: [32, 32, 3], parameters: 36_479_194 },
  lenet5: { make: lenet5, shape: [28, 28, 1], parameters: 61_706 },
  'fast-at-cnn': {
    make: (width = 16) => fastAtCnn({ width, initializer: 'zeros' }),
    shape: [28, 28, 1],
    parameters: 166_406,
  },
};

/**
 * Builds one, with weights that its twin has too.
 *
 * @throws Error where it is not the network of that name, by its number of weights
 */
export function build(name, width) {
  const { make, parameters } = networks[name];
  const built = make(width);
  const sizes = built.trainableWeights.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const count = sizes.reduce((a, b) => a + b, 0);
  if (width === undefined && count !== parameters) {
    throw new Error(`internal: ${name} has ${count} weights that are trained, must have ${parameters}`);
  }
  const kernels = built.trainableWeights.filter(({ shape }) => shape.length > 1);
  const drawn = {};
  for (const kernel of kernels) {
    const { shape } = kernel;
    drawn[shape] ??= started(shape);
    tidy(() => kernel.write(tensor(drawn[shape], shape)));
  }
  return built;
}

/** Of the variance 2 / inputs, so that activations neither vanish nor explode. */
function started(shape) {
  const size = shape.reduce((a, b) => a * b);
  const limit = Math.sqrt((6 * shape.at(-1)) / size);
  return uniform({ seed: 0, stream: shape.join('x') }, size, -limit, limit);
}

/**
 * Wide residual network of depth 28 for CIFAR, without dropout: normalisation and ReLU before each convolution, three stages of
 * four blocks.
 *
 * S. Zagoruyko and N. Komodakis, Wide residual networks (BMVC 2016).
 */
function wideResnet(width) {
  const images = input({ shape: [32, 32, 3] });
  const activated = (x, name) => layers.reLU({ name: `${name}.relu` }).apply(batchNormalization({ name }).apply(x));
  let x = convolution(images, { name: 'conv1', filters: 16, kernelSize: 3 });
  for (const stage of [1, 2, 3]) {
    const filters = 16 * width * 2 ** (stage - 1);
    for (const place of [0, 1, 2, 3]) {
      const name = `block${stage}.${place}`;
      const strides = stage > 1 && place === 0 ? 2 : 1;
      const before = activated(x, `${name}.bn1`);
      let residual = convolution(before, { name: `${name}.conv1`, filters, kernelSize: 3, strides });
      residual = activated(residual, `${name}.bn2`);
      residual = convolution(residual, { name: `${name}.conv2`, filters, kernelSize: 3 });
      const widened = x.shape[3] !== filters;
      const straight = widened ? convolution(before, { name: `${name}.shortcut`, filters, kernelSize: 1, strides }) : x;
      x = layers.add({ name: `${name}.add` }).apply([residual, straight]);
    }
  }
  return model({ inputs: images, outputs: linear(layers.globalAveragePooling2d({}).apply(activated(x, 'bn')), 10) });
}

/** LeNet5 as it is built today: ReLU, largest of 2 x 2, on 28 x 28 images with two pixels of padding. */
function lenet5() {
  const images = input({ shape: [28, 28, 1] });
  const relu = (x) => layers.reLU({}).apply(x);
  const pooled = (x) => layers.maxPooling2d({ poolSize: 2 }).apply(x);
  let x = pooled(relu(convolution(images, { filters: 6, kernelSize: 5, useBias: true })));
  x = pooled(relu(convolution(x, { filters: 16, kernelSize: 5, useBias: true, padding: 'valid' })));
  x = layers.flatten().apply(x);
  return model({ inputs: images, outputs: linear(relu(linear(relu(linear(x, 120)), 84)), 10) });
}

/** Padded as in PyTorch: evenly, at stride 2 too. */
function convolution(x, { kernelSize, strides = 1, padding = 'same', useBias = false, ...rest }) {
  const uneven = strides > 1 && kernelSize > 1;
  const padded = uneven ? layers.zeroPadding2d({ padding: (kernelSize - 1) / 2 }).apply(x) : x;
  const layer = layers.conv2d({
    ...rest,
    kernelSize,
    strides,
    padding: uneven ? 'valid' : padding,
    useBias,
    kernelInitializer: 'zeros',
  });
  return layer.apply(padded);
}

const linear = (x, units) => layers.dense({ units, kernelInitializer: 'zeros' }).apply(x);
