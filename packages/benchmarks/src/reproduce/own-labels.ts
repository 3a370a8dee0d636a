import { runAttacks } from '@agoge/attacks';
import { type Classifier, refusal, said, sha256 } from '@agoge/core';
import { type Dataset, dataset } from '@agoge/datasets';

/**
 * The same images with the labels that a model gives them: a stand-in for labels that are not known, and what a model is consistent with.
 *
 * Its hash tells the labels too.
 *
 * @param f of the data's classes and bounds
 */
export async function withLabelsOf(
  f: Classifier,
  data: Dataset,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Dataset> {
  if (f.classes !== data.classes) {
    throw said(
      new RangeError(refusal('withLabelsOf', 'f', `a model of the data's ${data.classes} classes`, f.classes)),
    );
  }
  const { records } = await runAttacks(f, data, [], { batchSize: 250, signal });
  const labels = Int32Array.from(records, ({ prediction }) => prediction);
  const { shape, classes, bounds, numbers } = data;
  const hash = await sha256(`${data.hash} labels ${labels.join()}`);
  return dataset({
    ...{ shape, classes, bounds, labels, ...(numbers && { numbers }) },
    hash,
    read: (rows, out, signal) => data.read(rows, out, signal),
  });
}
