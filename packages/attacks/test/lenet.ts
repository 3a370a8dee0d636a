import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Batches, type Classifier, fromFunction, readSafetensors, toTypedArray } from '@agoge/core';
import {
  add,
  conv2d,
  matMul,
  maxPool,
  relu,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';

const shared = new URL('../../../../shared/', import.meta.url);
const imagesFile = new URL('datasets/mnist/t10k-images-idx3-ubyte.gz', shared);
const labelsFile = new URL('datasets/mnist/t10k-labels-idx1-ubyte.gz', shared);

/** Whether the golden files and MNIST lie beside the repository. */
export const isPresent = [new URL('golden/attacks_lenet.json', shared), imagesFile, labelsFile].every((each) =>
  existsSync(each),
);

/** A golden file, parsed. */
export const golden = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}`, shared), 'utf8'));

/** LeNet5 as advertorch trained it: `advtrained` on adversarial examples, `clntrained` on clean ones. */
export function lenet(net: string): Classifier {
  const { tensors } = readSafetensors(readFileSync(new URL(`golden/lenet5_${net}.safetensors`, shared)));
  const read = (name: string): Tensor => {
    const entry = tensors.get(name);
    if (!entry) throw new Error(`no tensor is named ${name}`);
    return tensor(toTypedArray(entry) as Float32Array, entry.shape);
  };
  // Dense weights: from channel-major to NHWC order.
  const dense1 = reshape(transpose(reshape(read('linear1.weight'), [200, 64, 7, 7]), [2, 3, 1, 0]), [3136, 200]);
  const [dense2, kernel1, kernel2] = [
    transpose(read('linear2.weight')),
    transpose(read('conv1.weight'), [2, 3, 1, 0]) as Tensor4D,
    transpose(read('conv2.weight'), [2, 3, 1, 0]) as Tensor4D,
  ];
  const biases = ['conv1', 'conv2', 'linear1', 'linear2'].map((layer) => read(`${layer}.bias`));
  const convolve = (x: Tensor4D, kernel: Tensor4D, bias: Tensor) =>
    maxPool(relu(add<Tensor4D>(conv2d(x, kernel, 1, 'same'), bias)), 2, 2, 'valid');
  const logits = (x: Tensor4D) => {
    const features = convolve(convolve(x, kernel1, biases[0]), kernel2, biases[1]);
    const hidden = relu(add<Tensor2D>(matMul(reshape(features, [-1, 3136]), dense1), biases[2]));
    return add<Tensor2D>(matMul(hidden, dense2), biases[3]);
  };
  const weights = () => [dense1, dense2, kernel1, kernel2, ...biases];
  return fromFunction(logits, { bounds: [0, 1], classes: 10, weights });
}

/** Images of MNIST's test set: the first so many, or those of the numbers given, which are their absolute numbers. */
export function mnist(chosen: number | readonly number[]): Batches {
  const numbers = typeof chosen === 'number' ? [...Array(chosen).keys()] : chosen;
  const [pixels, labels] = [imagesFile, labelsFile].map((file) => gunzipSync(readFileSync(file)));
  return {
    ...{ examples: numbers.length, classes: 10, bounds: [0, 1], shape: [28, 28, 1], hash: `mnist/${chosen}` },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < numbers.length; at += batchSize) {
        const these = numbers.slice(at, at + batchSize);
        const x = new Float32Array(these.length * 784);
        these.forEach((number, i) => {
          const image = pixels.subarray(16 + number * 784, 16 + (number + 1) * 784);
          x.set(
            Float32Array.from(image, (pixel) => pixel / 255),
            i * 784,
          );
        });
        yield {
          x,
          shape: [these.length, 28, 28, 1],
          y: Int32Array.from(these, (number) => labels[8 + number]),
          index: Float64Array.from(these),
        };
      }
    },
  };
}
