import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { flatNetwork, multiplyAdds } from './index';

beforeAll(async () => {
  await setBackend('cpu');
});

const counts = (network: LayersModel) => flatNetwork(network).uses.map(multiplyAdds);
const alone = (layer: layers.Layer, shape: (number | null)[]) => {
  const x = input({ shape });
  return counts(model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor }))[1];
};

describe('multiplyAdds', () => {
  // By hand: kernel height * width * inputs * filters * positions.
  it.each<[string, layers.Layer, (number | null)[], number]>([
    [
      'a convolution',
      layers.conv2d({ filters: 5, kernelSize: [3, 2], strides: 2, padding: 'same' }),
      [8, 7, 4],
      6 * 4 * 5 * 16,
    ],
    [
      'a valid one, dilated',
      layers.conv2d({ filters: 5, kernelSize: 3, dilationRate: 2 }),
      [8, 7, 4],
      9 * 4 * 5 * 4 * 3,
    ],
    [
      'channels first',
      layers.conv2d({ filters: 5, kernelSize: 3, dataFormat: 'channelsFirst' }),
      [4, 8, 7],
      9 * 4 * 5 * 6 * 5,
    ],
    ['a depthwise one', layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), [8, 7, 4], 9 * 8 * 6 * 5],
    ['a separable one', layers.separableConv2d({ filters: 5, kernelSize: 3 }), [8, 7, 4], (9 * 4 + 4 * 5) * 6 * 5],
    [
      'a transposed one',
      layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2 }),
      [8, 7, 4],
      9 * 4 * 5 * 8 * 7,
    ],
    ['one axis', layers.conv1d({ filters: 5, kernelSize: 3 }), [8, 4], 3 * 4 * 5 * 6],
    ['a linear layer', layers.dense({ units: 5 }), [7], 35],
    ['a linear layer at each position', layers.dense({ units: 5 }), [8, 7, 4], 4 * 5 * 56],
    ['a linear layer at each time', layers.timeDistributed({ layer: layers.dense({ units: 5 }) }), [8, 7], 8 * 35],
    ['a recurrent layer', layers.simpleRNN({ units: 5, recurrentInitializer: 'zeros' }), [8, 7], 8 * (35 + 25)],
    ['normalisation', layers.batchNormalization(), [8, 7, 4], 0],
    ['an activation with parameters', layers.prelu(), [8, 7, 4], 0],
    ['pooling', layers.averagePooling2d({ poolSize: 2 }), [8, 7, 4], 0],
  ])('counts %s as by hand', (_, layer, shape, count) => {
    expect(alone(layer, shape)).toBe(count);
  });

  it('does not know what a kernel costs on images of unknown size; what has none costs nothing there', () => {
    expect(alone(layers.conv2d({ filters: 5, kernelSize: 3 }), [null, 8, 3])).toBeNull();
    expect(alone(layers.reLU(), [null, 8, 3])).toBe(0);
  });
});

describe('flatNetwork', () => {
  it('opens models within models, lists a shared layer once for each use, leaves out what no output needs', () => {
    const shared = layers.conv2d({ name: 'shared', filters: 3, kernelSize: 3 });
    const x = input({ shape: [9, 9, 3], name: 'inner' });
    const inner = model({ inputs: x, outputs: shared.apply(shared.apply(x)) as SymbolicTensor });
    const outer = sequential({
      layers: [layers.conv2d({ name: 'first', inputShape: [9, 9, 1], filters: 3, kernelSize: 1 }), inner],
    });
    layers.flatten().apply(outer.outputs[0]);
    const { inputs, outputs, uses } = flatNetwork(outer);
    expect(uses.map(({ layer }) => layer.name)).toEqual([inputs[0].layer.name, 'first', 'shared', 'shared']);
    expect(uses.map(({ shape }) => shape)).toEqual([
      [null, 9, 9, 1],
      [null, 9, 9, 3],
      [null, 7, 7, 3],
      [null, 5, 5, 3],
    ]);
    expect(uses.map((use) => use.inputs.map((each) => uses.indexOf(each.use)))).toEqual([[], [0], [1], [2]]);
    expect(outputs).toEqual([{ use: uses[3], index: 0 }]);
    expect(counts(outer)).toEqual([0, 3 * 81, 81 * 49, 81 * 25]);
  });
});
