import {
  checkOptions,
  checkValue,
  integer,
  lookUp,
  ModelError,
  number,
  object,
  oneOf,
  refusal,
  said,
  show,
} from '@agoge/core';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { isActivation } from '../read-scalars';
import { activations } from '../registry';
import type { ActivationShape, ClosedShape, Sampler, ShapeFeatures, ShapeMethod } from './activation-shape';
import { closedShapes, type ShapeParameters } from './closed-shapes';
import { measureShape } from './measure-shape';
import { sampleLayer } from './sample-layer';

export interface AnalyseShapeOptions {
  /** Parameter values (`{ alpha: 2 }`) for an activation given by its name. Default its start values. */
  parameters?: Readonly<Record<string, number | string>>;
  /** Which channel of a layer that has its parameters per channel. Default 0. */
  channel?: number;
  /** `numeric` searches even where there are formulas. Default `closed`. */
  method?: ShapeMethod;
  /** Left end of the series. Default -6. */
  from?: number;
  /** Right end, above `from`. Default 6: beyond these most activations are straight lines to the eye. */
  to?: number;
  /** How many points, both ends among them. Default 241: steps of 0.05, 0 among them. */
  points?: number;
}

/**
 * Tells an activation's shape as data, as the layer stands now: with what it has learned.
 *
 * For the activations of this package by formulas in float64, which hold on all of the real line. For any other layer, and
 * where there is no formula (`method` of the result says which), by a search over values, of float32 where they are a
 * layer's: between -32 and 32, slopes and zeros to about 1e-5, the curvature to 1e-4 of itself and its place to 1e-2,
 * intercepts to 1e-3.
 *
 * @param activation a layer that works entry by entry with one set of parameters (ours or tfjs's; built if it was not), or a
 *   name of the registry
 * @param options parameter values for a name; the points of the series
 * @returns plain data; infinities and all
 * @throws TypeError for an unknown name or option, or a layer that does not work entry by entry; RangeError for a value out
 *   of range; ModelError for a layer with parameters per channel that has not been built
 * @example
 * const { curvature, positiveOnNegatives } = await analyseShape('pssilu', { parameters: { alpha: 2, beta: 0.25 } });
 * curvature; // { max: 1.33, at: 0, side: 'both' }
 * positiveOnNegatives; // [[-Infinity, -0.549]]
 */
export async function analyseShape(
  activation: layers.Layer | string,
  options: AnalyseShapeOptions = {},
): Promise<ActivationShape> {
  const who = 'analyseShape';
  const { parameters, channel = 0, method = 'closed', from = -6, to = 6, points = 241 } = options;
  checkOptions(who, options, {
    parameters: object,
    channel: integer({ min: 0 }),
    method: oneOf('closed', 'numeric'),
    from: number(),
    to: number(),
    points: integer({ min: 2 }),
  });
  if (to <= from) throw said(new RangeError(refusal(who, 'to', `above from = ${from}`, to)));
  const x = Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  if (typeof activation !== 'string') {
    if (!parameters) return analyse(activation, channel, method, x);
    throw said(new TypeError(refusal(who, 'parameters', 'left out for a layer, which has its own', parameters)));
  }
  const layer = lookUp<(options?: object) => layers.Layer>(who, 'activation', activation, activations)(parameters);
  try {
    return await analyse(layer, channel, method, x);
  } finally {
    layer.dispose();
  }
}

async function analyse(
  layer: layers.Layer,
  channel: number,
  method: ShapeMethod,
  x: Float64Array,
): Promise<ActivationShape> {
  const who = 'analyseShape';
  if (!layer.built) {
    if (layer.getConfig().perChannel)
      throw new ModelError(who, `layer ${show(layer.name)} is per channel and not built yet`);
    tidy(() => void layer.apply(zeros([1, 1])));
  }
  const channels = learnedBy(layer)[0]?.variable.size ?? 1;
  checkValue(who, 'channel', channel, integer({ min: 0, below: channels }));
  const parameters = await parametersOf(layer, channel);
  const name = layer
    .getClassName()
    .replace(/^Agoge/, '')
    .toLowerCase();
  const isClosed = method === 'closed' && Object.hasOwn(closedShapes, name);
  const { jet, ...known }: Partial<ClosedShape> = isClosed
    ? closedShapes[name](parameters as unknown as ShapeParameters)
    : {};
  const sample = jet ? sampleFormula(jet) : await sampleLayer(who, layer, channel, channels);
  const isComplete = featureNames.every((each) => each in known);
  const features = { ...(isComplete ? undefined : await measureShape(sample)), ...known } as ShapeFeatures;
  const methods = featureNames.map((each) => [each, each in known ? 'closed' : 'numeric']);
  return {
    parameters,
    ...features,
    monotone: features.slope.min >= 0 || features.slope.max <= 0,
    series: { x, ...(await sample(x)) },
    method: { ...Object.fromEntries(methods), series: jet ? 'closed' : 'numeric' },
  };
}

const featureNames = ['ends', 'zeros', 'positiveOnNegatives', 'curvature', 'slope'] as const;

/** A formula as something to sample. */
export function sampleFormula(jet: ClosedShape['jet']): Sampler {
  return async (x) => {
    const jets = Array.from(x, jet);
    const [y, dydx, d2ydx2] = [0, 1, 2].map((order) => Float64Array.from(jets, (each) => each[order]));
    return { y, dydx, d2ydx2 };
  };
}

/** What gives the layer its shape: numbers and names it was made with, and those it has learned, as they act. */
async function parametersOf(layer: layers.Layer, channel: number): Promise<Record<string, number | string>> {
  const { alpha, beta, approximation } = layer.getConfig();
  const made = Object.entries({ alpha, beta, approximation }).filter(([, value]) => /number|string/.test(typeof value));
  const learned = learnedBy(layer).map(async ({ name, variable, effective }) => {
    const values = await variable.data();
    return [name.slice(name.lastIndexOf('/') + 1), effective(values[channel])];
  });
  return Object.fromEntries([...made, ...(await Promise.all(learned))]) as Record<string, number | string>;
}

const learnedBy = (layer: layers.Layer) => (isActivation(layer) ? layer.learnedScalars() : []);
