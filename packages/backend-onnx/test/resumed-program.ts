import '@tensorflow/tfjs-layers';
import {
  add,
  backend,
  clipByValue,
  conv2d,
  dispose,
  exp,
  grad,
  losses,
  matMul,
  maxPool,
  mean,
  moments,
  mul,
  relu,
  rsqrt,
  type Scalar,
  setBackend,
  sigmoid,
  sign,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor4d,
  tidy,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { configureOnnx, type OnnxBackend } from '../src/index';
import { noise } from './on-both';

/** Named numbers as base64, weights and the optimiser's. */
export type State = Record<string, string>;

const shapes = { filter: [3, 3, 2, 8], gamma: [8], beta: [8], wide: [3, 3, 8, 16], dense: [16, 3], scale: [1] };
const sizes = [8, 5, 8, 8, 3];

const asText = (values: ArrayLike<number>) => Buffer.from(Float32Array.from(values).buffer).toString('base64');
const asNumbers = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);

type Weights = Record<keyof typeof shapes, Variable>;

function logits(x: Tensor4D, w: Weights): Tensor2D {
  const first = conv2d(x, w.filter as Tensor4D, 1, 'same');
  const { mean: center, variance } = moments(first, [0, 1, 2]);
  const normal = add(mul(mul(sub(first, center), rsqrt(add(variance, 1e-5))), w.gamma), w.beta) as Tensor4D;
  // SiLU with a learned slope.
  const active = mul(normal, sigmoid(mul(normal, exp(w.scale)))) as Tensor4D;
  const second = relu(conv2d(maxPool(active, 2, 2, 'valid'), w.wide as Tensor4D, 1, 'same'));
  return matMul(mean<Tensor2D>(second, [1, 2]), w.dense as Tensor2D);
}

/** The loss with a penalty, which sums all weights however they lie. */
function loss(x: Tensor4D, y: Tensor2D, w: Weights): Scalar {
  const penalty = Object.values(w).map((each) => sum<Scalar>(square(each)));
  return add(
    losses.softmaxCrossEntropy(y, logits(x, w)),
    mul(
      penalty.reduce((a, b) => add(a, b)),
      1e-3,
    ),
  );
}

function batch(step: number, size: number): { x: Tensor4D; y: Tensor2D } {
  const y = Float32Array.from({ length: size * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3 + step) % 3));
  return { x: tensor4d(noise(size * 72, step), [size, 6, 6, 2]), y: tensor(y, [size, 3]) };
}

/** One step up the loss with weights that are held constant. */
async function attacked(x: Tensor4D, y: Tensor2D, w: Weights): Promise<Tensor4D> {
  const onnx = backend() as OnnxBackend;
  const thaw = onnx.freeze(Object.values(w));
  const moved = tidy(() => {
    const g = grad((images) => loss(images as Tensor4D, y, w))(x);
    return clipByValue(add(x, mul(sign(g), 0.05)), -2, 2) as Tensor4D;
  });
  await onnx.flush();
  thaw();
  return moved;
}

/**
 * Adversarial training by Adam over steps of several batch sizes, from what another process left or from the start; `disturbed`
 * does much else in between, which must not show in the weights.
 */
export async function trained(options: {
  from?: State;
  first: number;
  last: number;
  disturbed: boolean;
  cacheSize: number;
  keepAt?: number;
}): Promise<{ kept?: State; end: State; compiled: number }> {
  const { from, first, last, disturbed, cacheSize, keepAt } = options;
  configureOnnx({ cacheSize });
  await setBackend('onnx');
  const onnx = backend() as OnnxBackend;
  const w = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = from ? asNumbers(from[name]) : noise(size, i + 40).map((each) => each * 0.5);
      return [name, tidy(() => variable(tensor(values, shape), true, name))];
    }),
  ) as Weights;
  const adam = train.adam(0.01);
  const stateNames = (await restore(adam, from)).length;
  const save = async (): Promise<State> => {
    const state: State = {};
    for (const [name, each] of Object.entries(w)) state[name] = asText(await each.data());
    for (const { name, tensor: each } of await adam.getWeights()) state[`adam ${name}`] = asText(await each.data());
    return state;
  };
  let kept: State | undefined;
  for (let step = first; step < last; step++) {
    if (disturbed && step < (keepAt ?? last)) await disturb(step, w);
    const { x, y } = batch(step, sizes[step % sizes.length]);
    const adversarial = await attacked(x, y, w);
    adam.minimize(() => loss(adversarial, y, w), false, Object.values(w));
    await onnx.flush();
    dispose([x, y, adversarial]);
    if (step + 1 === keepAt) kept = await save();
  }
  const end = await save();
  if (stateNames > 0 && Object.keys(end).length !== Object.keys(from ?? {}).length) throw new Error('states differ');
  return { kept, end, compiled: onnx.report().compiled };
}

/** Gives Adam the numbers that it had; `names` are tfjs's, which end in the variable's. */
async function restore(adam: ReturnType<typeof train.adam>, from: State | undefined): Promise<string[]> {
  const names = Object.keys(from ?? {}).filter((name) => name.startsWith('adam '));
  if (!from || names.length === 0) return [];
  const shapeOf = (name: string) => shapes[name.slice(5).split('/')[0] as keyof typeof shapes] ?? [];
  await adam.setWeights(
    names.map((name) => ({ name: name.slice(5), tensor: tensor(asNumbers(from[name]), shapeOf(name)) as Tensor })),
  );
  return names;
}

/** Other batch sizes, reads, attacks on the weights, and graphs that push others out of the cache. */
async function disturb(step: number, w: Weights): Promise<void> {
  const { x, y } = batch(step + 100, 2 + (step % 4));
  const moved = await attacked(x, y, w);
  const again = await attacked(moved, y, w);
  const value = tidy(() => loss(again, y, w));
  await value.data();
  if (step % 2) await w.filter.data();
  const other = tidy(() => Object.values(w).map((each) => mul(each, step)));
  await (backend() as OnnxBackend).flush();
  dispose([x, y, moved, again, value, ...other]);
}
