import { add, conv2d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ForwardMode } from './contracts';
import { ModelError } from './errors';

export type Layer = LayersModel['layers'][number];
type Call = Layer['call'];
type Calls = Map<Layer, Call>;

/** What stock layers have and their declarations do not show. */
interface StockLayer {
  activation?: { getClassName(): string };
  momentum: number;
  gamma?: unknown;
  beta?: unknown;
  kernel: { read(): Tensor };
  bias?: { read(): Tensor } | null;
  strides: number[];
  padding: string;
  dataFormat: string;
  dilationRate: number[];
}
const stock = (layer: Layer) => layer as unknown as StockLayer;

/**
 * Runs a synchronous body with the `call` of some layers replaced: stock layers know neither logits nor statistics
 * modes, and nobody can see the change, since nothing else runs meanwhile.
 */
export function withCalls<T>(replaced: Calls, body: () => T): T {
  for (const [layer, call] of replaced) layer.call = call;
  try {
    return body();
  } finally {
    for (const layer of replaced.keys()) Reflect.deleteProperty(layer, 'call');
  }
}

/** The last layer's call without its softmax; undefined where there is none. */
function withoutSoftmax(layer: Layer): Call | undefined {
  if (layer.getClassName() === 'Softmax') return (inputs) => [inputs].flat()[0].clone();
  const { activation } = stock(layer);
  if (activation?.getClassName() !== 'softmax') return undefined;
  const linear = { getClassName: () => 'linear', apply: (x: Tensor) => x.clone() };
  return (...given: Parameters<Call>) => {
    stock(layer).activation = linear;
    try {
      return Object.getPrototypeOf(layer).call.apply(layer, given);
    } finally {
      stock(layer).activation = activation;
    }
  };
}

/** Stock batch normalisation in one of the three statistics modes: its running averages stand still at momentum 1. */
function normalizing(layer: Layer, { statistics }: ForwardMode): Call {
  const { momentum, gamma, beta } = stock(layer);
  const training = statistics !== 'running';
  if (training && !(gamma && beta)) {
    const why = 'tfjs computes batch statistics only with center: true and scale: true';
    throw new ModelError('fromLayersModel', `layer ${layer.name} cannot use statistics "${statistics}": ${why}`);
  }
  return (inputs, kwargs) => {
    stock(layer).momentum = statistics === 'batch' ? 1 : momentum;
    try {
      return Object.getPrototypeOf(layer).call.call(layer, inputs, { ...kwargs, training });
    } finally {
      stock(layer).momentum = momentum;
    }
  };
}

/**
 * A stock convolution in two operations. Fused in one, its gradient makes that of the kernel whether or not anybody asks,
 * which costs an attack as much as what it wants, and throws if the convolution is dilated. Undefined for convolutions that
 * tfjs splits itself under a gradient.
 */
function split(layer: Layer): Call | undefined {
  const { activation, kernel, bias, strides, padding, dataFormat, dilationRate } = stock(layer);
  if (activation?.getClassName() !== 'linear' || dataFormat !== 'channelsLast' || padding === 'causal')
    return undefined;
  return (inputs) => {
    const x = [inputs].flat()[0] as Tensor4D;
    const [rows, columns] = strides;
    const pad = padding === 'same' ? 'same' : 'valid';
    const dilations = dilationRate as [number, number];
    const y = conv2d(x, kernel.read() as Tensor4D, [rows, columns], pad, 'NHWC', dilations);
    return bias ? add(y, bias.read()) : y;
  };
}

const dilated = (layer: Layer) => stock(layer).dilationRate.some((each) => each > 1);

/** What stock layers do in a forward mode in place of their own `call`; `last` gives logits. */
export function callsIn(mode: ForwardMode, layers: readonly Layer[], last: Layer): Calls {
  const calls: Calls = new Map();
  const put = (layer: Layer, call: Call | undefined) => call && calls.set(layer, call);
  for (const layer of layers) {
    const name = layer.getClassName();
    if (name === 'BatchNormalization') put(layer, normalizing(layer, mode));
    if (name === 'Conv2D' && (mode.phase !== 'update' || dilated(layer))) put(layer, split(layer));
  }
  put(last, withoutSoftmax(last));
  return calls;
}
