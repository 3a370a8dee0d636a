import { pgd } from '@agoge/attacks';
import { type Classifier, ModelError, modes, said, show } from '@agoge/core';
import type { Dataset } from '@agoge/datasets';
import { type Tensor, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { type LayersModel, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { empiricalLipschitz, featureDifference } from './local-changes';
import { type MinimumRadiusOptions, minimumRadius } from './minimum-radius';
import type { ShapeMeasure } from './plan';
import type { Measured } from './run-result';

interface ShapeRun {
  seed: number;
  signal?: AbortSignal;
  [option: string]: unknown;
}

type TakeShapeMeasure = (model: LayersModel, f: Classifier, data: Dataset, options: ShapeRun) => Promise<Measured>;

/** Images looked at together. */
const together = 250;

/** PAF's shape study: what is measured of a network that was trained without attacks. */
export const shapeMeasures: Readonly<Record<ShapeMeasure['kind'], TakeShapeMeasure>> = {
  /** The mean over the images that are right as they are; 0 where none is. */
  async 'minimum-radius'(_, f, data, { seed: __, signal, ...options }) {
    const found: number[] = [];
    await eachBatch(data, async (x, y) => {
      found.push(...(await minimumRadius(f, x, y, { ...(options as MinimumRadiusOptions), signal })));
    });
    const radii = found.filter((each) => !Number.isNaN(each));
    return { n: radii.length, value: radii.reduce((sum, each) => sum + each, 0) / Math.max(1, radii.length) };
  },
  lipschitz: (_, f, data, options) =>
    overAttacked(f, data, options, (x, attacked) => empiricalLipschitz(f, x, attacked)),
  'feature-difference': (model, f, data, { before, ...options }) => {
    const features = featuresBefore(model, String(before));
    return overAttacked(f, data, options, (x, attacked) => featureDifference(features, x, attacked));
  },
};

/** The mean over images of what a batch and its images under PGD give. */
async function overAttacked(
  f: Classifier,
  data: Dataset,
  { seed, signal, ...attack }: ShapeRun,
  measure: (x: Tensor4D, attacked: Tensor4D) => Promise<number>,
): Promise<Measured> {
  let sum = 0;
  await eachBatch(data, async (x, y, index) => {
    const found = await pgd(f, x, y, { ...(attack as unknown as { eps: number }), seed, index, signal });
    sum += x.shape[0] * (await measure(x, found.x));
    found.x.dispose();
  });
  return { n: data.examples, value: sum / data.examples };
}

async function eachBatch(
  data: Dataset,
  body: (x: Tensor4D, y: Tensor1D, index: Float64Array) => Promise<void>,
): Promise<void> {
  for await (const batch of data.batches({ batchSize: together })) {
    const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
    try {
      await body(x, y, batch.index);
    } finally {
      x.dispose();
      y.dispose();
    }
  }
}

/** What goes into the layer of that name. */
function featuresBefore(model: LayersModel, name: string): (images: Tensor4D) => Tensor {
  const found = model.layers.find((layer) => layer.name === name);
  if (!found) throw said(new ModelError('reproduce', `the network has no layer ${show(name)}`));
  const features = modelOf({ inputs: model.inputs, outputs: found.input as SymbolicTensor });
  return (images) => features.apply(images, { ...modes.evaluate }) as Tensor;
}
