// Writes model/: a small network, trained on the digits, in the form that tensorflowjs_converter gives a Keras model.
import { writeFile } from 'node:fs/promises';
import { useBackend } from '@agoge/backends';
import { digits } from '@agoge/datasets';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';

await useBackend('auto');
const seeded = (seed) => tf.initializers.heNormal({ seed });
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({
      inputShape: [8, 8, 1],
      filters: 8,
      kernelSize: 3,
      activation: 'relu',
      kernelInitializer: seeded(1),
    }),
    tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, activation: 'relu', kernelInitializer: seeded(2) }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seeded(3) }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
const data = digits({ split: 'train' });
for await (const { x, shape, y } of data.batches({ batchSize: data.examples, seed: 0 })) {
  await model.fit(tensor4d(x, shape), tensor1d(y, 'float32'), { epochs: 30, shuffle: false, verbose: 0 });
}

const names = ['conv1/kernel', 'conv1/bias', 'conv2/kernel', 'conv2/bias', 'dense/kernel', 'dense/bias'];
const tensors = model
  .getWeights()
  .map((tensor, i) => ({ name: names[i], shape: tensor.shape, dtype: 'float32', values: tensor.dataSync() }));
tensors.push({ name: 'flatten/shape', shape: [2], dtype: 'int32', values: Int32Array.of(-1, 2 * 2 * 16) });

const float = { type: 'DT_FLOAT' };
const text = (value) => Buffer.from(value).toString('base64');
const dims = (...sizes) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
const convolution = (name, input, stride) => ({
  name,
  op: '_FusedConv2D',
  input: [input, `${name}/kernel`, `${name}/bias`],
  attr: {
    T: float,
    num_args: { i: '1' },
    fused_ops: { list: { s: [text('BiasAdd'), text('Relu')] } },
    strides: { list: { i: ['1', String(stride), String(stride), '1'] } },
    dilations: { list: { i: ['1', '1', '1', '1'] } },
    padding: { s: text('VALID') },
    data_format: { s: text('NHWC') },
    epsilon: { f: 0 },
  },
});
const node = [
  { name: 'images', op: 'Placeholder', attr: { dtype: float, shape: dims(-1, 8, 8, 1) } },
  ...tensors.map(({ name, shape, dtype }) => ({
    name,
    op: 'Const',
    attr: {
      dtype: dtype === 'int32' ? { type: 'DT_INT32' } : float,
      value: { tensor: { tensorShape: dims(...shape).shape } },
    },
  })),
  convolution('conv1', 'images', 1),
  convolution('conv2', 'conv1', 2),
  {
    name: 'flatten',
    op: 'Reshape',
    input: ['conv2', 'flatten/shape'],
    attr: { T: float, Tshape: { type: 'DT_INT32' } },
  },
  {
    name: 'dense',
    op: '_FusedMatMul',
    input: ['flatten', 'dense/kernel', 'dense/bias'],
    attr: {
      T: float,
      num_args: { i: '1' },
      fused_ops: { list: { s: [text('BiasAdd')] } },
      transpose_a: { b: false },
      transpose_b: { b: false },
      epsilon: { f: 0 },
    },
  },
  { name: 'probabilities', op: 'Softmax', input: ['dense'], attr: { T: float } },
  { name: 'Identity', op: 'Identity', input: ['probabilities'], attr: { T: float } },
];
const info = (name, ...sizes) => ({
  [name]: { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: dims(...sizes).shape },
});
const folder = new URL('model/', import.meta.url);
await writeFile(
  new URL('group1-shard1of1.bin', folder),
  Buffer.concat(tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))),
);
await writeFile(
  new URL('model.json', folder),
  `${JSON.stringify({
    format: 'graph-model',
    generatedBy: 'agoge/examples/graph-model/make-model.js',
    convertedBy: null,
    signature: { inputs: info('images', -1, 8, 8, 1), outputs: info('Identity', -1, 10) },
    modelTopology: { node, library: {}, versions: { producer: 1 } },
    weightsManifest: [
      { paths: ['group1-shard1of1.bin'], weights: tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
    ],
  })}\n`,
);
