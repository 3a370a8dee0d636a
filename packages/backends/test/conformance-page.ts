import { ensureGradients } from '@agoge/core';
import {
  add,
  losses,
  oneHot,
  pad,
  type Scalar,
  scalar,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  train,
} from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { type BackendName, repairBackend, useBackend } from '../src';
import { checkKernels, type KernelReport } from '../src/conformance/check-kernels';
import { values } from '../src/conformance/float64/values';

/** Where a page finds the binaries of wasm; Node finds its own. */
const paths = 'document' in globalThis ? { wasmPaths: '/wasm/' } : {};

/** Why a backend does not start in this browser; nothing where it does. It is not repaired yet. */
export async function missing(name: BackendName): Promise<string | undefined> {
  return useBackend(name, { repair: false, ...paths }).then(
    () => undefined,
    ({ message }: Error) => message,
  );
}

/** Starts a backend and runs the conformance suite on it. */
export async function conformance(
  name: BackendName,
  { repair, kernels }: { repair: boolean; kernels?: readonly string[] },
): Promise<{ why: string; reports: KernelReport[] }> {
  await ensureGradients(); // before the repairs, which mend gradients that are there
  const { why } = await useBackend(name, { repair, ...paths });
  const reports = await checkKernels({ ...(kernels && { kernels }) });
  return { why, reports };
}

/** The losses of ten training steps of a small convolutional network, the same on each backend. */
export async function training(name: BackendName): Promise<number[]> {
  await useBackend(name, paths);
  await ensureGradients();
  repairBackend();
  const seeded = (seed: number) => ({ kernelInitializer: initializers.glorotUniform({ seed }) });
  const model = sequential({
    layers: [
      layers.conv2d({
        inputShape: [9, 9, 2],
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        ...seeded(1),
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.depthwiseConv2d({
        kernelSize: 3,
        padding: 'same',
        depthwiseInitializer: initializers.glorotUniform({ seed: 2 }),
      }),
      layers.conv2d({ filters: 12, kernelSize: 3, strides: 2, padding: 'same', ...seeded(3) }),
      layers.batchNormalization(),
      layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
      layers.flatten(),
      layers.dense({ units: 4, ...seeded(4) }),
    ],
  });
  const x = tensor(values(16 * 9 * 9 * 2, 5), [16, 9, 9, 2]);
  const y = oneHot(
    tensor1d(
      Array.from({ length: 16 }, (_, i) => i % 4),
      'int32',
    ),
    4,
  );
  const optimizer = train.sgd(0.1);
  const found: number[] = [];
  for (let step = 0; step < 10; step++) {
    const loss = optimizer.minimize(
      () => losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as Tensor) as Scalar,
      true,
    );
    found.push((await loss?.data())?.[0] ?? Number.NaN);
    loss?.dispose();
  }
  model.dispose();
  x.dispose();
  y.dispose();
  return found;
}

/** What reads say after a command that webgpu refuses, once more, after the end of the backend, and on a new one. */
export async function refusal(): Promise<string[]> {
  const choice = await useBackend('webgpu', paths);
  const fine = tidy(() => add(scalar(1), tensor1d([1, 2])));
  const refused = pad(tensor(values(16, 1), [2, 2, 2, 2, 1]), [
    [1, 0],
    [0, 1],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const said = [await says(refused), await says(fine)];
  await choice.close?.();
  said.push(await says(fine));
  await useBackend('webgpu', paths);
  return [...said, await says(tidy(() => add(scalar(1), scalar(2))))];
}

const says = (each: Tensor): Promise<string> =>
  each.data().then(
    (data) => Array.from(data).join(),
    (error: Error) => error.message,
  );

export async function automatic(): Promise<string> {
  return (await useBackend('auto', paths)).why;
}
