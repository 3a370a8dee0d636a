import '@tensorflow/tfjs-backend-cpu';
import { FormatError, fromLayersModel, readSafetensors, type Trainable, writeSafetensors } from '@agoge/core';
import { memory, mul, setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { handMadeNet, logitsOf } from '../test/hand-made-net';
import { loadWeights, saveWeights } from './weights';

const images = (): Tensor4D =>
  tensor4d(
    Float32Array.from({ length: 256 }, (_, i) => (i % 7) / 7),
    [2, 8, 8, 2],
  );

/** Explicit layer names, as of architectures: tfjs makes the variables' own names unique, the original ones stay. */
const layersModel = (units = 3): Trainable =>
  fromLayersModel(
    sequential({
      layers: [
        layers.conv2d({ name: 'conv', filters: 2, kernelSize: 3, inputShape: [8, 8, 2] }),
        layers.batchNormalization({ name: 'bn' }),
        layers.flatten(),
        layers.dense({ name: 'fc', units }),
      ],
    }),
    { bounds: [0, 1] },
  );

beforeAll(async () => {
  await setBackend('cpu');
});

describe.each([
  ['a layers model', layersModel],
  ['functions and variables', (i: number) => handMadeNet({ seed: i })],
] as const)('weights of %s', (_name, make) => {
  it('go from one to the same network built again', async () => {
    const [one, two] = [make(3), make(3)];
    for (const { variable } of one.buffers()) variable.assign(mul(variable, 0.5));
    for (const { variable } of two.parameters()) variable.assign(mul(variable, -2));
    const wanted = await logitsOf(one, images());
    expect(await logitsOf(two, images())).not.toEqual(wanted);
    const bytes = await saveWeights(one, { note: 'hand-made' });
    const before = memory().numTensors;
    loadWeights(two, bytes);
    expect(memory().numTensors).toBe(before);
    expect(await logitsOf(two, images())).toEqual(wanted);
    expect(await saveWeights(two, { note: 'hand-made' })).toEqual(bytes);
  });

  it('have names and metadata in the file', async () => {
    const model = make(3);
    const { tensors, metadata } = readSafetensors(await saveWeights(model, { note: 'x' }));
    const names = [...model.parameters(), ...model.buffers()].map(({ name }) => name);
    expect([...tensors.keys()].sort()).toEqual(names.sort());
    expect({ ...metadata }).toEqual({ note: 'x' });
  });
});

describe('loadWeights refuses', () => {
  async function refusal(change: (tensors: ReturnType<typeof readSafetensors>['tensors']) => void): Promise<string> {
    const model = handMadeNet();
    const { tensors } = readSafetensors(await saveWeights(handMadeNet({ seed: 8 })));
    change(tensors);
    const before = await saveWeights(model);
    let message = '';
    try {
      loadWeights(model, writeSafetensors(tensors));
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      message = (error as Error).message;
    }
    expect(await saveWeights(model)).toEqual(before);
    return message;
  }

  it('names that are missing, unknown or of another shape or type, listing all, and changes nothing', async () => {
    const message = await refusal((tensors) => {
      tensors.delete('fc.bias');
      tensors.set('fc.offset', { dtype: 'F32', shape: [1], data: new Uint8Array(4) });
      tensors.set('bn1.gamma', { dtype: 'F32', shape: [2, 2], data: new Uint8Array(16) });
      tensors.set('bn1.beta', { dtype: 'I32', shape: [4], data: new Uint8Array(16) });
    });
    expect(message).toBe(
      'loadWeights: the weights are not this model\'s: "fc.offset" is unknown, "bn1.gamma" is F32 [2,2], must be F32 [4], ' +
        '"bn1.beta" is I32 [4], must be F32 [4], "fc.bias" is missing',
    );
  });

  it('weights that are no numbers', async () => {
    const message = await refusal((tensors) => {
      const data = new Uint8Array(Float32Array.of(1, 2, Number.NaN).buffer);
      tensors.set('fc.bias', { dtype: 'F32', shape: [3], data });
    });
    expect(message).toContain('"fc.bias" is not finite');
  });

  it('a file cut short', async () => {
    const bytes = await saveWeights(handMadeNet());
    for (const length of [0, 7, 100, bytes.length - 1]) {
      expect(() => loadWeights(handMadeNet(), bytes.subarray(0, length))).toThrow(FormatError);
    }
  });

  it('the weights of another network', async () => {
    const bytes = await saveWeights(layersModel(4));
    expect(() => loadWeights(layersModel(3), bytes)).toThrow('"fc/kernel" is F32 [72,4], must be F32 [72,3]');
  });
});
