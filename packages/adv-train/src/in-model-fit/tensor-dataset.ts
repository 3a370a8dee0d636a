import { checkOptions, integer, permutation, runRules, ShapeError } from '@agoge/core';
import { gather, type Tensor, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type BatchDataset, datasetOf } from './batch-source';

export interface TensorDatasetOptions {
  /** Default 32 (tfjs's `model.fit`). The last batch may be short. */
  batchSize?: number;
  /** Key of the order, which is another in each pass. Default 0. */
  seed?: number;
}

/**
 * The batches that `model.fit` makes of two tensors, as a dataset: an `adversarialDataset` can perturb them.
 *
 * @param xs `[n, height, width, channels]`; stays yours, as `ys`
 * @param ys `[n, ...]`
 * @throws TypeError, RangeError for options; ShapeError where there are not as many labels as images
 * @example
 * // In place of model.fit(xs, ys, { batchSize: 64, epochs: 10 }):
 * const batches = adversarialDataset(tensorDataset(xs, ys, { batchSize: 64 }), model, { objective, bounds: [0, 1] });
 * await model.fitDataset(batches, { epochs: 10 });
 */
export function tensorDataset(xs: Tensor4D, ys: Tensor, options: TensorDatasetOptions = {}): BatchDataset {
  const who = 'tensorDataset';
  checkOptions(who, options, { batchSize: integer({ min: 1 }), seed: runRules.seed });
  const [n] = xs.shape;
  if (ys.shape[0] !== n) throw new ShapeError(who, 'ys', `[${n}, ...]`, ys.shape);
  const { batchSize = 32, seed = 0 } = options;
  let passes = 0;
  return datasetOf(Math.ceil(n / batchSize), async function* () {
    const order = Int32Array.from(permutation({ seed, index: passes++, stream: 'fit/order' }, n));
    for (let from = 0; from < n; from += batchSize) {
      yield tidy(() => {
        const rows = tensor1d(order.subarray(from, from + batchSize), 'int32');
        return { xs: gather(xs, rows), ys: gather(ys, rows) };
      });
    }
  });
}
