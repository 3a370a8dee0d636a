import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { input, layers, model, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { Sparta, spartaCost } from '../index';

beforeAll(async () => {
  await setBackend('cpu');
});

it('counts a small network as by hand', () => {
  const net = sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, padding: 'same' }),
      layers.batchNormalization(),
      new Sparta({ name: 'a', reduction: 2 }),
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
      layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 2 }),
      layers.prelu(),
      new Sparta({ name: 'b', gate: 'shared', hidden: 6, kernelSize: 5, form: 'gate' }),
      layers.flatten(),
      layers.dense({ units: 10 }),
    ],
  });
  const a = { parameters: 9 * 4 * 2 + 2 + 9 * 2 * 4 + 4, multiplyAdds: 64 * (9 * 4 * 2 + 9 * 2 * 4) };
  const b = { parameters: 25 * 2 * 6 + 6 + 25 * 6 + 1 + 1, multiplyAdds: 64 * (25 * 2 * 6 + 25 * 6) };
  const rest = {
    parameters: 9 * 3 * 4 + 4 + 4 * 4 + 9 * 4 + (4 * 4 * 5 + 5) + 8 * 8 * 5 + (320 * 10 + 10),
    multiplyAdds: 64 * 9 * 3 * 4 + 16 * 9 * 4 + 16 * 4 * 4 * 5 + 320 * 10,
  };
  const total = { parameters: a.parameters + b.parameters, multiplyAdds: a.multiplyAdds + b.multiplyAdds };
  expect(spartaCost(net)).toEqual({
    ...total,
    places: [
      { layer: 'a', shape: [8, 8, 4], ...a },
      { layer: 'b', shape: [8, 8, 5], ...b },
    ],
    rest,
    relative: {
      parameters: total.parameters / rest.parameters,
      multiplyAdds: total.multiplyAdds / rest.multiplyAdds,
    },
  });
  expect(total.parameters + rest.parameters).toBe(net.countParams());
});

it('counts a shared layer once, its places each, in nested models too', () => {
  const layer = new Sparta({ gate: 'shared' });
  const x = input({ shape: [6, 6, 4] });
  const inner = model({ inputs: x, outputs: layer.apply(layer.apply(x)) as typeof x });
  const outer = sequential({ layers: [layers.conv2d({ inputShape: [6, 6, 1], filters: 4, kernelSize: 1 }), inner] });
  const cost = spartaCost(outer);
  expect(cost.places).toHaveLength(2);
  expect(cost.parameters).toBe(225);
  expect(cost.multiplyAdds).toBe(2 * 36 * (9 * 2 * 8 + 9 * 8));
  expect(cost.rest).toEqual({ parameters: 8, multiplyAdds: 36 * 4 });
});

it('refuses models without Sparta, and images of unknown size', () => {
  const bare = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
  expect(() => spartaCost(bare)).toThrow('spartaCost: model has no Sparta layers');
  const open = sequential({ layers: [new Sparta({ inputShape: [null, 8, 3] })] });
  expect(() => spartaCost(open)).toThrow('spartaCost: the size of images at "sparta" must be known');
});
