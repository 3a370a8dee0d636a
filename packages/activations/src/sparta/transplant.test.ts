import '@tensorflow/tfjs-backend-cpu';
import { readSafetensors, writeSafetensors } from '@agoge/core';
import { memory, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { Sparta, type SpartaSitesOptions, saveSparta, spartaLayers, spartaSites, transplant } from '../index';

beforeAll(async () => {
  await setBackend('cpu');
});

/** `sites` activations in each stage, stage s with `4 s` channels; every Sparta weight of its own value. */
function network(sites: number[], options: SpartaSitesOptions, first = 1): LayersModel {
  const activation = spartaSites(options);
  const images = input({ shape: [4, 4, 3] });
  let x = images;
  let index = 0;
  sites.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const channels = 4 * (stage + 1);
      x = layers.conv2d({ filters: channels, kernelSize: 1, name: `conv${index}` }).apply(x) as typeof x;
      x = activation({ name: `act${index}`, channels, stage: stage + 1, index: index++ }).apply(x) as typeof x;
    }
  });
  const net = model({ inputs: images, outputs: x });
  tidy(() => {
    let value = first;
    for (const layer of spartaLayers(net)) {
      for (const weight of layer.weights) {
        const count = weight.shape.reduce<number>((total, each) => total * Number(each), 1);
        weight.write(tensor(new Float32Array(count).fill(value++ / 7), weight.shape as number[]));
      }
    }
  });
  return net;
}

const values = (net: LayersModel) =>
  Object.fromEntries(
    spartaLayers(net).map((layer) => [layer.name, layer.getWeights().map((each) => [...each.dataSync()])]),
  );

describe('transplant', () => {
  it.each([{}, { gate: 'shared' }, { gate: 'shared', share: 'network', form: 'gate' }] as const)(
    'maps by name with %o, whatever the depth, and freezes',
    (options) => {
      const [from, to] = [network([2, 2], options), network([3, 5], options, 100)];
      const before = values(from);
      expect(values(to)).not.toEqual(before);
      const tensors = memory().numTensors;
      const names = Object.keys(before);
      expect(transplant(from, to)).toEqual(names.map((name) => ({ to: name, from: name })));
      expect(memory().numTensors).toBe(tensors);
      expect(values(to)).toEqual(before);
      expect(values(from)).toEqual(before);
      expect(to.trainableWeights.map(({ originalName }) => originalName)).toHaveLength(8 * 2);
      expect(from.trainableWeights.length).toBeGreaterThan(4 * 2);
    },
  );

  it('takes the sites of a stage in turn', () => {
    const [from, to] = [network([2, 3], { share: 'site' }), network([3, 4], { share: 'site' }, 100)];
    const pairs = [0, 1, 0].map((place, i) => [`sparta/stage1/${i}`, `sparta/stage1/${place}`]);
    pairs.push(...[0, 1, 2, 0].map((place, i) => [`sparta/stage2/${i}`, `sparta/stage2/${place}`]));
    expect(transplant(from, to)).toEqual(pairs.map(([to, from]) => ({ to, from })));
    const [given, got] = [values(from), values(to)];
    for (const [target, source] of pairs) expect(got[target]).toEqual(given[source]);
  });

  it('takes layers of names of the user as they are named', () => {
    const own = (names: string[]) =>
      sequential({ layers: names.map((name) => new Sparta({ name, inputShape: [4, 4, 3] })) });
    expect(transplant(own(['a/5', 'a/7']), own(['a/7']))).toEqual([{ to: 'a/7', from: 'a/7' }]);
  });

  it('leaves shallower networks what they need, and layers that nobody asks for', () => {
    const to = network([1], { share: 'site' }, 100);
    expect(transplant(network([2, 3], { share: 'site' }), to)).toHaveLength(1);
  });

  it('opens nested models, freezes on request only, and copies: later changes stay apart', () => {
    const [from, inner] = [network([1], {}), network([2], {}, 100)];
    const outer = sequential({ layers: [inner, layers.flatten()] });
    transplant(from, outer, { freeze: false });
    expect(values(inner)).toEqual(values(from));
    expect(spartaLayers(outer)[0].trainable).toBe(true);
    const kept = values(from);
    const [weight] = spartaLayers(outer)[0].weights;
    tidy(() => void weight.write(tensor(new Float32Array(36), weight.shape as number[])));
    expect(values(from)).toEqual(kept);
    expect(values(inner)).not.toEqual(kept);
  });

  it.each([
    [
      {},
      [1],
      'transplant: from has no Sparta layers',
      () => sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] }),
    ],
    [{ form: 'gate' }, [1], '"sparta/stage1" of from has form "scaled-relu", "sparta/stage1" of to has form "gate"'],
    [{}, [1, 1, 1], 'transplant: from has no layer "sparta/stage3", which "sparta/stage3" of to needs'],
    [{ name: 'gates' }, [1], 'from has no layer "gates/stage1", which "gates/stage1" of to needs'],
    [
      { gate: 'shared' },
      [1, 1],
      '"sparta/stage2/conv2.bias" of from has shape [8], "sparta/stage2/conv2.bias" of to has shape [1]',
    ],
    [
      { reduction: 2 },
      [1, 1],
      '"sparta/stage2/conv1.kernel" of from has shape [3, 3, 8, 2], "sparta/stage2/conv1.kernel" of to has shape [3, 3, 8, 4]',
    ],
  ] as [SpartaSitesOptions, number[], string, (() => LayersModel)?][])(
    'into %o %o is refused, and nothing changes',
    (options, sites, message, source) => {
      const [from, to] = [source?.() ?? network([1, 1], {}), network(sites, options, 100)];
      const before = values(to);
      expect(() => transplant(from, to)).toThrow(message);
      expect(values(to)).toEqual(before);
      expect(spartaLayers(to).every(({ trainable }) => trainable)).toBe(true);
    },
  );

  it('refuses a target without Sparta, layers without weights, two of a name, unknown options', () => {
    const from = network([1], {});
    const bare = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => transplant(from, bare)).toThrow('transplant: to has no Sparta layers');
    const empty = { layers: [new Sparta({ name: 'sparta/stage1' })] };
    expect(() => transplant(from, empty)).toThrow('"sparta/stage1" of to has no weights yet');
    const twice = { layers: [network([1], {}), network([1], {})] };
    expect(() => transplant(from, twice)).toThrow('to has two Sparta layers of one name');
    expect(() => transplant(from, network([1], {}), { frozen: true } as never)).toThrow('unknown option "frozen"');
  });
});

describe('saveSparta', () => {
  it('keeps the gates alone, which go into a network of another depth', async () => {
    const from = network([2, 2], { share: 'site', form: 'gate' });
    const bytes = await saveSparta(from);
    const { tensors, metadata } = readSafetensors(bytes);
    expect([...tensors.keys()].filter((name) => name.startsWith('sparta/stage1/0/'))).toHaveLength(5);
    expect(tensors.size).toBe(4 * 5);
    expect(metadata).toEqual({ format: 'agoge-sparta' });
    const [a, b] = [
      network([3, 4], { share: 'site', form: 'gate' }, 50),
      network([3, 4], { share: 'site', form: 'gate' }, 90),
    ];
    const before = memory().numTensors;
    expect(transplant(bytes, a)).toEqual(transplant(from, b));
    expect(memory().numTensors).toBe(before);
    expect(values(a)).toEqual(values(b));
  });

  it('refuses what is no such file, and changes nothing', async () => {
    const to = network([1], {}, 100);
    const before = values(to);
    const entry = (dtype: 'F32' | 'I32', value: number) => {
      const data = new Uint8Array((dtype === 'F32' ? Float32Array : Int32Array).of(value).buffer);
      return writeSafetensors([['sparta/stage1/conv1.bias', { dtype, shape: [1], data }]]);
    };
    expect(() => transplant(new Uint8Array(4), to)).toThrow('at least 8 bytes');
    expect(() => transplant(writeSafetensors([]), to)).toThrow('transplant: the file holds no weights');
    expect(() => transplant(entry('I32', 1), to)).toThrow('transplant: "sparta/stage1/conv1.bias" must be F32, is I32');
    expect(() => transplant(entry('F32', Number.NaN), to)).toThrow('must be finite');
    expect(() => transplant(entry('F32', 1), to)).toThrow('"sparta/stage1/conv1.kernel" of from has no such weight');
    await expect(saveSparta(sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] }))).rejects.toThrow(
      'saveSparta: model has no Sparta layers',
    );
    expect(values(to)).toEqual(before);
  });
});

describe('spartaSites', () => {
  it('names a layer for the network, a stage or a site', () => {
    const names = (options: SpartaSitesOptions) => spartaLayers(network([2, 1], options)).map(({ name }) => name);
    expect(names({})).toEqual(['sparta/stage1', 'sparta/stage2']);
    expect(names({ share: 'network', gate: 'shared', name: 's' })).toEqual(['s']);
    expect(names({ share: 'site' })).toEqual(['sparta/stage1/0', 'sparta/stage1/1', 'sparta/stage2/0']);
  });

  it('gives its options to every layer', () => {
    const [layer] = spartaLayers(network([1], { form: 'gate', gate: 'shared', hidden: 3, kernelSize: 5, seed: 9 }));
    expect(layer.getConfig()).toMatchObject({ form: 'gate', gate: 'shared', hidden: 3, kernelSize: 5, seed: 9 });
  });

  it('refuses a stage of two widths for a gate of one, a network-wide one, a second network', () => {
    const site = (name: string, channels: number) => ({ name, channels, stage: 1, index: 0 });
    const stage = spartaSites();
    stage(site('act1', 8));
    expect(() => stage(site('act2', 16))).toThrow(
      'spartaSites: "sparta/stage1" is a gate for 8 channels, site "act2" has 16: take gate "shared", or share "site"',
    );
    expect(() => stage(site('act1', 8))).toThrow(
      'site "act1" comes a second time: call spartaSites once for each network',
    );
    const shared = spartaSites({ gate: 'shared' });
    expect(shared(site('act1', 8))).toBe(shared(site('act2', 16)));
    expect(() => spartaSites({ share: 'network' })).toThrow('share must be "stage" or "site" with gate "stage"');
    expect(() => spartaSites({ hidden: 3 })).toThrow(
      'spartaSites: hidden must be left out but for gate "shared", got 3',
    );
    expect(() => spartaSites({ per: 'site' } as never)).toThrow('spartaSites: unknown option "per"');
  });
});
