import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it, describe as tests } from 'vitest';
import { architectures } from '../registry';
import { describe } from './describe';
import { formatDescription } from './format-description';

const { resnet18, vgg16 } = architectures;

beforeAll(async () => {
  await setBackend('cpu');
});

/** MobileNet of width 1 for ImageNet, of stock layers: A. Howard et al. (2017), table 1. */
function mobileNet(): LayersModel {
  const all: layers.Layer[] = [];
  const activated = (layer: layers.Layer) => all.push(layer, layers.batchNormalization(), layers.reLU());
  const shape = { padding: 'same', useBias: false, kernelInitializer: 'zeros' } as const;
  activated(layers.conv2d({ inputShape: [224, 224, 3], filters: 32, kernelSize: 3, strides: 2, ...shape }));
  let filters = 32;
  for (const strides of [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]) {
    if (strides === 2 || filters === 32) filters *= 2;
    activated(layers.depthwiseConv2d({ kernelSize: 3, strides, depthwiseInitializer: 'zeros', ...shape }));
    activated(layers.conv2d({ filters, kernelSize: 1, ...shape }));
  }
  all.push(layers.globalAveragePooling2d({}), layers.dense({ units: 1000, kernelInitializer: 'zeros' }));
  return sequential({ layers: all });
}

const featuresOf = (network: LayersModel) => {
  const { features, layers: all } = describe(network);
  network.dispose();
  return { ...features, field: all.find(({ name }) => name === features?.layer)?.receptiveField };
};

tests('describe', () => {
  it('agrees with what is published of MobileNet', () => {
    const network = mobileNet();
    const { trained, untrained, multiplyAdds } = describe(network);
    expect([trained, untrained]).toEqual([4_231_976, 21_888]); // Keras's summary
    expect(Math.round((multiplyAdds ?? 0) / 1e6)).toBe(569); // the paper, table 4
    const field = { size: [315, 315], jump: [32, 32] }; // Araujo et al., table 1
    expect(featuresOf(network)).toMatchObject({ map: [7, 7, 1024], pooling: 'GlobalAveragePooling2D', field });
  });

  it('finds the receptive field that is published of VGG-16: 212', () => {
    const network = vgg16({ inputShape: [224, 224, 3], width: 1, initializer: 'zeros' });
    expect(featuresOf(network)).toMatchObject({
      map: [7, 7, 8],
      field: { size: [212, 212], jump: [32, 32], start: [-90, -90] },
    });
  });

  // torchvision's figures; receptive fields by hand, with Araujo et al.'s formula (their own are of networks with other strides).
  it.each<[string, object, number, number, number]>([
    ['resnet18', { stem: 'imagenet' }, 11_689_512, 1.814, 435],
    ['resnet34', { stem: 'imagenet' }, 21_797_672, 3.664, 899],
    ['resnet50', {}, 25_557_032, 4.089, 427],
    ['resnet101', {}, 44_549_160, 7.801, 971],
    ['resnet152', {}, 60_192_808, 11.514, 1451],
    ['vgg16', { head: 'imagenet' }, 138_365_992, 15.47, 212],
  ])('agrees with what is published of %s for ImageNet', (name, options, parameters, giga, field) => {
    const network = architectures[name]({ ...options, initializer: 'zeros' });
    const { trained, multiplyAdds } = describe(network);
    expect(trained).toBe(parameters);
    expect(Math.abs((multiplyAdds ?? 0) / 1e9 - giga)).toBeLessThan(0.0006 * giga);
    expect(featuresOf(network).field).toMatchObject({ size: [field, field], jump: [32, 32] });
  });

  it.each([
    ['1222', 4, 109],
    ['1122', 8, 61],
    ['1112', 16, 41],
    ['1111', 32, 35],
  ])("tells what RCM's strides %s make of ResNet-18: a map of %i", (strides, side, size) => {
    const found = featuresOf(resnet18({ width: 1, initializer: 'zeros', strides }));
    expect(found).toMatchObject({ map: [side, side, 8], field: { size: [size, size] } });
  });

  it.each([
    [{}, [4, 4, 8], 109, 8],
    [{ upsample: { factor: 2 } }, [8, 8, 8], 55, 4],
    [{ inputShape: [64, 64, 3] as const }, [8, 8, 8], 109, 8],
  ])('tells the map before the pooling of ResNet-18 with %o', (options, map, size, jump) => {
    const found = featuresOf(resnet18({ width: 1, initializer: 'zeros', ...options }));
    expect(found).toMatchObject({ layer: 'layer4.1.act2', map, field: { size: [size, size], jump: [jump, jump] } });
  });

  it('takes the average pooling before a flattening for the head, and gives null where nothing takes a map together', () => {
    const x = input({ shape: [8, 8, 3] });
    const map = layers.conv2d({ name: 'conv', filters: 4, kernelSize: 1 }).apply(x);
    const pooled = layers.averagePooling2d({ poolSize: 4 }).apply(map);
    const flat = layers.flatten().apply(pooled) as SymbolicTensor;
    expect(describe(model({ inputs: x, outputs: flat })).features).toEqual({
      layer: 'conv',
      map: [8, 8, 4],
      pooling: 'Flatten',
    });
    expect(describe(model({ inputs: x, outputs: pooled as SymbolicTensor })).features).toBeNull();
  });

  it('opens models within models; a shared layer has its parameters once and its multiply-adds each time; frozen ones are not trained', () => {
    const shared = layers.conv2d({ name: 'shared', filters: 3, kernelSize: 3 });
    const x = input({ shape: [9, 9, 3] });
    const inner = model({ inputs: x, outputs: shared.apply(shared.apply(x)) as SymbolicTensor });
    const frozen = layers.conv2d({
      name: 'frozen',
      inputShape: [9, 9, 1],
      filters: 3,
      kernelSize: 1,
      trainable: false,
    });
    const { layers: all, ...total } = describe(sequential({ layers: [frozen, inner], name: 'outer' }));
    expect(
      all.slice(1).map(({ name, trained, untrained, multiplyAdds }) => [name, trained, untrained, multiplyAdds]),
    ).toEqual([
      ['frozen', 0, 6, 3 * 81],
      ['shared', 84, 0, 81 * 49],
      ['shared', 0, 0, 81 * 25],
    ]);
    expect(total).toEqual({ name: 'outer', trained: 84, untrained: 6, multiplyAdds: 3 * 81 + 81 * 74, features: null });
  });

  it('says what it does not know of images of unknown size', () => {
    const conv = layers.conv2d({ inputShape: [null, null, 3], filters: 2, kernelSize: 3, strides: 2, padding: 'same' });
    const description = describe(
      sequential({ layers: [conv, layers.globalMaxPooling2d({}), layers.dense({ units: 2 })] }),
    );
    expect(description.layers.map(({ multiplyAdds }) => multiplyAdds)).toEqual([0, null, 0, 4]);
    expect(description).toMatchObject({ multiplyAdds: null, features: { map: [null, null, 2] } });
    expect(description.layers[1].receptiveField).toMatchObject({ size: [3, 3], jump: [2, 2] });
    expect(formatDescription(description)).toMatch(/\? x \? x 2 +56 +– +\?/);
  });

  it('is data, and leaves nothing behind', () => {
    const network = resnet18({ width: 1, initializer: 'zeros' });
    const before = memory().numTensors;
    const description = describe(network);
    expect(memory().numTensors).toBe(before);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    network.dispose();
  });

  it('refuses what is no model, and one that is not built', () => {
    expect(() => describe('resnet18' as unknown as LayersModel)).toThrow(
      'describe: model must be a tf.LayersModel, got "resnet18"',
    );
    expect(() => describe(sequential())).toThrow('describe: model has no layers, or its first no inputShape');
  });
});

tests('formatDescription', () => {
  it('writes columns', () => {
    const network = sequential({
      name: 'tiny',
      layers: [
        layers.conv2d({ name: 'conv', inputShape: [32, 16, 3], filters: 64, kernelSize: [5, 3], strides: [2, 1] }),
        layers.batchNormalization({ name: 'bn' }),
        layers.globalAveragePooling2d({ name: 'pool' }),
        layers.dense({ name: 'linear', units: 10 }),
      ],
    });
    expect(formatDescription(describe(network)).split('\n')).toEqual([
      'layer       kind                          output  trained  untrained  multiply-adds  receptive field',
      'conv_input  InputLayer               32 x 16 x 3        –          –              –            1 / 1',
      'conv        Conv2D                  14 x 14 x 64    2,944          –        564,480    5 x 3 / 2 x 1',
      'bn          BatchNormalization      14 x 14 x 64      128        128              –    5 x 3 / 2 x 1',
      'pool        GlobalAveragePooling2D            64        –          –              –              all',
      'linear      Dense                             10      650          –            640              all',
      'tiny        in all                                  3,722        128        565,120',
      '14 x 14 x 64 before GlobalAveragePooling2D, from bn',
    ]);
  });
});
