import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PSSiLU } from '@agoge/activations';
import { smallCnn, stateDictOf } from '@agoge/architectures';
import { fromLayersModel, isUserError, normal, writeSafetensors } from '@agoge/core';
import { memory, setBackend, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agoge } from './cli/command.fixture';
import { type FromSafetensorsOptions, fromSafetensors } from './from-safetensors';

let folder: string;
beforeAll(async () => {
  await setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'agoge-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

const images = () => tensor4d(normal({ seed: 1, stream: 'images' }, 2 * 64), [2, 8, 8, 1]);
const f32 = (...values: number[]) => {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { dtype: 'F32' as const, shape: [values.length], data };
};

/** A network nobody trained, as PyTorch would have kept it, wrapped with its normalisation. */
async function kept(): Promise<{ bytes: Uint8Array; logits: ArrayLike<number> }> {
  const model = smallCnn({ seed: 3, activation: new PSSiLU({ alpha: 1.5, beta: 0.25 }) });
  const state = [...(await stateDictOf(model))].map(([name, values]) => [`1.${name}`, values] as const);
  const normalisation = [
    ['0.mean', f32(0.5)],
    ['0.std', f32(0.25)],
  ] as const;
  const f = fromLayersModel(model, { bounds: [0, 1], mean: [0.5], std: [0.25] });
  return { bytes: writeSafetensors([...state, ...normalisation]), logits: await f(images()).data() };
}

describe('fromSafetensors', () => {
  const options = { architecture: 'smallCnn', activation: 'pssilu', bounds: [0, 1] } satisfies FromSafetensorsOptions;

  it('gives the classifier that the weights are of, with the pixels that the file tells', async () => {
    const { bytes, logits } = await kept();
    const { classifier, report, model } = fromSafetensors(bytes, options);
    expect(await classifier(images()).data()).toEqual(logits);
    expect(report.pixels).toEqual({ mean: [0.5], std: [0.25] });
    const other = fromSafetensors(bytes, { ...options, mean: [0], std: [1] }).classifier;
    expect(await other(images()).data()).toEqual(await (model.predict(images()) as Tensor).data());
  });

  it('leaves nothing behind where it throws', async () => {
    const { bytes } = await kept();
    const before = memory().numTensors;
    expect(() => fromSafetensors(bytes, { ...options, activation: 'relu' })).toThrow('"1.activation.alpha" is not in');
    const loose = { ...options, activation: 'relu', strict: false };
    expect(() => fromSafetensors(bytes, { ...loose, std: [0] })).toThrow('std must be');
    expect(memory().numTensors).toBe(before);
  });

  it.each<[string, object, string]>([
    [
      'an unknown architecture',
      { architecture: 'smallCn' },
      'unknown architecture "smallCn"; did you mean "smallCnn"?',
    ],
    ['an unknown activation', { activation: 'psilu2' }, 'unknown activation "psilu2"'],
    ['no bounds', { bounds: undefined }, 'fromSafetensors: bounds must be'],
    ['an unknown option', { file: 'x' }, 'fromSafetensors: unknown option "file"'],
    ['weights of another shape', { options: { width: 8 } }, '"1.conv1.weight" has shape [16, 1, 3, 3], must have [8, '],
  ])('refuses %s', async (_, change, message) => {
    const { bytes } = await kept();
    try {
      fromSafetensors(bytes, { ...options, ...change });
      expect.unreachable();
    } catch (error) {
      expect(isUserError(error)).toBe(true);
      expect((error as Error).message).toContain(message);
    }
  });
});

describe('agoge evaluate --weights', () => {
  const file = () => join(folder, 'weights.safetensors');
  beforeAll(async () => writeFile(file(), (await kept()).bytes));
  const evaluate = (...rest: string[]) =>
    agoge('--backend', 'cpu', 'evaluate', '--model', 'smallCnn', '--eps', '0.1', '--attacks', 'fgsm', ...rest);
  const given = () => ['--weights', file(), '--bounds', '0,1', '--activation', 'pssilu', '--examples', '8'];

  it('builds the architecture for the data and says with what it did', async () => {
    const { code, stdout, stderr } = await evaluate(...given(), '--json');
    expect([code, stderr.includes('Error')]).toEqual([0, false]);
    const { model, n } = JSON.parse(stdout);
    expect(n).toBe(8);
    expect(model).toMatchObject({
      name: 'smallCnn',
      architecture: { name: 'smallCnn', options: { inputShape: [8, 8, 1], classes: 10 } },
      activation: { name: 'pssilu', options: {} },
      weights: { file: 'weights.safetensors', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ...{ bounds: [0, 1], mean: [0.5], std: [0.25] },
    });
  });

  it("takes the data's pixels where nothing is said of them", async () => {
    const { code, stdout } = await evaluate('--weights', file(), '--activation', 'pssilu', '--n', '8', '--json');
    expect([code, JSON.parse(stdout).model.bounds]).toEqual([0, [0, 1]]);
  });

  it.each<[string, () => string[], string]>([
    [
      'no such file',
      () => ['--weights', join(folder, 'none'), '--bounds', '0,1'],
      'cannot be read: there is no such file',
    ],
    ['a damaged file', () => ['--weights', import.meta.filename, '--bounds', '0,1'], 'safetensors: the header'],
    ['another network', () => [...given(), '--arch-options', '{"width": 4}'], 'must have [4, 1, 3, 3]'],
    ['an option that it has not', () => [...given(), '--arch-options', '{"depth": 4}'], 'unknown option "depth"'],
    [
      'an architecture alone',
      () => ['--bounds', '0,1'],
      'agoge: --model smallCnn is an architecture, and no file or folder: give it --weights',
    ],
    ['an activation alone', () => ['--activation', 'silu'], '--activation belongs to an architecture: give --weights'],
    ['options of no activation', () => ['--weights', file(), '--activation-options', '{}'], 'need --activation'],
  ])('%s: one line and exit code 2', async (_, rest, message) => {
    const { code, stdout, stderr } = await evaluate(...rest());
    expect([code, stdout]).toEqual([2, '']);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('backend: '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(message);
  });
});

const shared = new URL('../../../../shared/', import.meta.url);
const golden = (name: string) => new URL(`golden/${name}`, shared);
const digits = new URL('datasets/mnist/t10k-images-idx3-ubyte.gz', shared);

describe.runIf(existsSync(golden('lenet_logits.json')) && existsSync(digits))(
  'the published LeNet5 (needs ../shared/golden and ../shared/datasets/mnist)',
  () => {
    const pixels = () => gunzipSync(readFileSync(digits)).subarray(16, 16 + 20 * 784);
    const x = () =>
      tensor4d(
        Float32Array.from(pixels(), (byte) => byte / 255),
        [20, 28, 28, 1],
      );
    const { cases } = existsSync(golden('lenet_logits.json'))
      ? JSON.parse(readFileSync(golden('lenet_logits.json'), 'utf8'))
      : { cases: [] };

    it.each<{ net: string; weights_file: string; logits_float64: number[][] }>(cases)(
      '$net: its logits to 1e-4',
      async ({ weights_file, logits_float64 }) => {
        const bytes = readFileSync(golden(weights_file));
        const { classifier, report } = fromSafetensors(bytes, { architecture: 'lenet5', bounds: [0, 1] });
        expect(report.matched).toHaveLength(8);
        const logits = await classifier(x()).data();
        const expected = logits_float64.flat();
        expect(logits).toHaveLength(expected.length);
        expect(Math.max(...expected.map((each, i) => Math.abs(logits[i] - each)))).toBeLessThan(1e-4);
      },
    );
  },
);
