import { useBackend } from '@agoge/backends';
import { type ForwardMode, fromLayersModel, type Objective, type Trainable } from '@agoge/core';
import {
  add,
  mean,
  memory,
  mul,
  type Scalar,
  scalar,
  type Tensor2D,
  type Tensor4D,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { initializers, layers, regularizers, sequential } from '@tensorflow/tfjs-layers';
import { standard } from '../src/objectives/standard';
import { handMadeNet } from './hand-made-net';

interface Made {
  backend: 'cpu' | 'wasm';
  seed?: number;
}

/** The hand-made net, with a penalty and a gradient that is clipped. */
export async function handMade({ backend, seed = 4 }: Made): Promise<Trainable> {
  await useBackend(backend);
  return handMadeNet({ seed, activation: 'pssilu', penalty: 0.1, clipNorm: 0.05 });
}

/** Stock layers: batch normalisation whose running averages move in an arithmetic of their own, a regulariser. */
export async function stock({ backend, seed = 4 }: Made): Promise<Trainable> {
  await useBackend(backend);
  const kernelInitializer = initializers.glorotNormal({ seed });
  const model = sequential({
    layers: [
      layers.conv2d({
        ...{ name: 'conv', inputShape: [8, 8, 2], filters: 3, kernelSize: 3, kernelInitializer },
        kernelRegularizer: regularizers.l2({ l2: 0.01 }),
      }),
      layers.batchNormalization({ name: 'bn', momentum: 0.9 }),
      layers.activation({ name: 'relu', activation: 'relu' }),
      layers.globalAveragePooling2d({ name: 'pool' }),
      layers.dense({ name: 'fc', units: 3, kernelInitializer }),
    ],
  });
  return fromLayersModel(model, { bounds: [0, 1] });
}

type Forward = (x: Tensor4D, mode: ForwardMode) => Tensor2D;
const passing = (model: Trainable, forward: Forward): Trainable => ({
  ...model,
  forward,
  classifier: (mode) => Object.assign((x: Tensor4D) => forward(x, mode), { classes: 3, bounds: model.bounds }),
});

/** A net that counts its training passes in an integer buffer, and multiplies its logits by what it has counted. */
export async function counting(made: Made): Promise<Trainable> {
  const model = await handMade(made);
  const count: Variable = variable(scalar(0, 'int32'), false);
  let [known, calls]: [object, number] = [count.dataId, 0];
  const forward: Forward = (x, mode) =>
    tidy(() => {
      const logits = model.forward(x, mode);
      if (!mode.training) return logits;
      if (count.dataId !== known) [calls] = count.dataSync();
      calls++;
      tidy(() => void count.assign(scalar(calls, 'int32')));
      known = count.dataId;
      return mul<Tensor2D>(logits, 1 + (calls % 7) / 10);
    });
  return {
    ...passing(model, forward),
    buffers: () => [...model.buffers(), { name: 'count', variable: count }],
  };
}

/** A net that does something at a training pass of a given number, in this copy. */
const at = (model: Trainable, pass: number, act: () => void): Trainable => {
  let passes = 0;
  return passing(model, (x, mode) => {
    if (mode.training && ++passes === pass) act();
    return model.forward(x, mode);
  });
};

/** One that throws. */
export async function failing({ pass, ...made }: Made & { pass: number }): Promise<Trainable> {
  return at(await handMade(made), pass, () => {
    throw new RangeError('the lights went out');
  });
}

/** One that ends its thread. */
export async function dying({ pass, ...made }: Made & { pass: number }): Promise<Trainable> {
  return at(await handMade(made), pass, () => process.exit(3));
}

/** One that throws once it has more tensors than at its second training pass. */
export async function tidying(made: Made): Promise<Trainable> {
  const model = await handMade(made);
  const seen: number[] = [];
  return passing(model, (x, mode) => {
    if (mode.training) {
      seen.push(memory().numTensors);
      if (seen[seen.length - 1] > seen[1]) throw new Error(`tensors: ${seen}`);
    }
    return model.forward(x, mode);
  });
}

/** One that normalises by the running statistics that it moves. */
export async function renormalising(made: Made): Promise<Trainable> {
  const model = await handMade(made);
  return passing(model, (x, mode) => {
    const logits = model.forward(x, mode);
    return mode.training ? add<Tensor2D>(logits, mean(model.buffers()[0].variable)) : logits;
  });
}

export const notAModel = () => ({ a: 1 });
export const wide = async (made: Made) => {
  await handMade(made);
  const model = sequential({
    layers: [layers.flatten({ inputShape: [8, 8, 2] }), layers.dense({ name: 'fc', units: 3 })],
  });
  return fromLayersModel(model, { bounds: [0, 1] });
};

/** An objective of the user's own. */
export const doubled = ({ factor }: { factor: number }): Objective => {
  const { perturb, loss } = standard();
  return {
    ...{ name: 'doubled', options: { factor }, perturb },
    loss: (...given) => mul<Scalar>(loss(...given), factor),
  };
};
