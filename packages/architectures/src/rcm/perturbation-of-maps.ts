import {
  arrayOf,
  checkOptions,
  flatNetwork,
  integer,
  ModelError,
  modes,
  type Rules,
  ShapeError,
  said,
  show,
  step,
  string,
} from '@agoge/core';
import {
  abs,
  avgPool,
  maxPool,
  mean,
  slice,
  stack,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { type LayersModel, model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe } from '../describe/describe';
import type { PooledPerturbation } from './pooling-perturbation';

export interface PerturbationOfMapsOptions {
  /** Whose map is pooled, by name. Default the last before the head's pooling, as {@link describe} finds it. */
  layer?: string;
  /** Sides of the windows that are pooled. Default 1, 2, 4 and so on, up to the map's shorter side. */
  sizes?: readonly number[];
  /** Images at a time. Default 64. */
  batchSize?: number;
}

const who = 'perturbationOfMaps';
const rules: Rules = { layer: string, sizes: arrayOf(integer({ min: 1 })), batchSize: integer({ min: 1 }) };

/**
 * RCM's experiment on a network: how far average- and max-pooled features move when images do, by the size of the map that is
 * pooled.
 *
 * A layer's map is cut into windows of `size` x `size`, side by side (what is left at the edges falls away), each pooled; the
 * mean of `|pooled(perturbed) - pooled(x)|` over images, windows and channels. At size 1 both are how far the map itself moves.
 *
 * Xu and Yang, arXiv 2202.12435 (2022), RCM.
 *
 * @param model any `tf.LayersModel` with one input; in evaluation mode
 * @param x images `[n, height, width, channels]` as the model takes them
 * @param perturbed the same images, attacked or noisy
 * @returns an entry for each size, in their order
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range; ShapeError where the images
 * differ in shape; ModelError for a layer that is not there, is used more than once or has no map
 *
 * @example
 * const { x: perturbed } = await pgd(f, x, y, { eps: 8 / 255 });
 * const moves = await perturbationOfMaps(model, x, perturbed, { layer: 'layer1.1.act2' });
 */
export async function perturbationOfMaps(
  model: LayersModel,
  x: Tensor4D,
  perturbed: Tensor4D,
  options: PerturbationOfMapsOptions = {},
): Promise<PooledPerturbation[]> {
  checkOptions(who, options, rules);
  const { layer = describe(model).features?.layer, batchSize = 64 } = options;
  const map = mapOf(model, layer);
  if (perturbed.shape.join() !== x.shape.join()) {
    throw new ShapeError(who, 'perturbed', `[${x.shape.join(', ')}]`, perturbed.shape);
  }
  const features = modelOf({ inputs: model.inputs, outputs: map });
  const sizes = options.sizes ?? sizesWithin(features.computeOutputShape(x.shape) as number[]);
  const n = x.shape[0];
  let moves: PooledPerturbation[] = [];
  for (let at = 0; at < n; at += batchSize) {
    const count = Math.min(batchSize, n - at);
    const means = tidy(() => {
      const maps = [x, perturbed].map((images) => {
        const part = slice(images, [at, 0, 0, 0], [count, -1, -1, -1]);
        return features.apply(part, { ...modes.evaluate }) as Tensor4D;
      });
      return stack(sizes.flatMap((size) => movesOf(maps, size)));
    });
    const values = await means.data();
    means.dispose();
    moves = sizes.map((size, i) => ({
      size,
      average: (moves[i]?.average ?? 0) + (values[2 * i] * count) / n,
      max: (moves[i]?.max ?? 0) + (values[2 * i + 1] * count) / n,
    }));
    await step({});
  }
  return moves;
}

/** What comes out of the layer of that name. */
function mapOf(model: LayersModel, name: string | undefined): SymbolicTensor {
  if (name === undefined)
    throw new ModelError(who, 'model pools no map before its end: give the layer whose map to pool');
  const uses = flatNetwork(model).uses.filter(({ layer }) => layer.name === name);
  const found = model.layers.find((layer) => layer.name === name);
  if (!found || uses.length !== 1 || uses[0].shape.length !== 4) {
    throw new ModelError(who, `layer ${show(name)} must stand in the model, be used once, and give a map`);
  }
  return found.output as SymbolicTensor;
}

/** 1, 2, 4 and so on, and the whole map. */
function sizesWithin([, height, width]: readonly number[]): number[] {
  const side = Math.min(height, width);
  const powers = Array.from({ length: Math.ceil(Math.log2(side)) }, (_, i) => 2 ** i);
  return [...powers, side];
}

/** Means of how far averages and largest values of windows lie apart. */
function movesOf([before, after]: Tensor4D[], size: number): Tensor[] {
  const [, height, width] = before.shape;
  if (size > Math.min(height, width)) {
    throw said(new RangeError(`${who}: sizes must lie within the map, ${height} x ${width}, got ${size}`));
  }
  const pools = [avgPool, maxPool] as const;
  return pools.map((pool) => mean(abs(sub(pool(after, size, size, 'valid'), pool(before, size, size, 'valid')))));
}
