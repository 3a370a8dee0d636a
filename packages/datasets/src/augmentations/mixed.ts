import { type Batch, type Batches, refusal, said, words } from '@agoge/core';
import { type Dataset, isDataset } from '../dataset';
import type { Augment, AugmentKey } from '../views/augment';
import { derived } from '../views/derived';
import { pickRows } from '../views/rows';

/**
 * Puts a part of its partner into an image.
 *
 * @param x the image, which it changes
 * @returns what share of the image is still its own
 */
export type Blend = (
  x: Float32Array,
  partner: Float32Array,
  key: AugmentKey & { index: number },
  shape: Batch['shape'],
) => number;

/**
 * Batches whose images are mixed with partners, for training: what `cutMix` and `mixUp` are.
 *
 * The partner of an example is a row of the data, uniform over all of them and keyed by (seed, absolute example, epoch): so
 * neither batch size nor order matter. It is augmented as it is in that epoch.
 */
export function mixed(
  who: string,
  data: Dataset,
  { augment, probability }: { augment?: Augment; probability: number },
  blend: Blend,
): Batches {
  if (!isDataset(data)) {
    throw said(new TypeError(refusal(who, 'data', 'readable by row (a Dataset; inMemory makes one)', data)));
  }
  const size = data.shape[0] * data.shape[1] * data.shape[2];
  const partnersOf = async (rows: Uint32Array, key: AugmentKey, signal?: AbortSignal): Promise<Batch> => {
    const x = new Float32Array(rows.length * size);
    await data.read(rows, x, signal);
    const batch: Batch = {
      x,
      shape: [rows.length, ...data.shape],
      y: pickRows(data.labels, rows),
      index: data.numbers ? pickRows(data.numbers, rows) : Float64Array.from(rows),
      ...(data.targets && { target: pickRows(data.targets, rows, data.classes) }),
    };
    return augment ? augment(batch, key) : batch;
  };

  async function* epoch(source: AsyncIterable<Batch>, key: AugmentKey, signal?: AbortSignal) {
    for await (const plain of source) {
      const own = augment ? augment(plain, key) : plain;
      const draws = Array.from(own.index, (index) =>
        words({ seed: key.seed, index, stream: `${who}/partner/${key.epoch}` }, 2),
      );
      const places = [...draws.keys()].filter((i) => draws[i][0] * 2 ** -32 < probability);
      const rows = Uint32Array.from(places, (i) => Math.floor(draws[i][1] * 2 ** -32 * data.examples));
      const partners = await partnersOf(rows, key, signal);

      const x = own.x === plain.x ? own.x.slice() : own.x;
      const y = own.y.slice();
      const target = own.target?.slice() ?? oneHot(own.y, data.classes);
      const theirs = partners.target ?? oneHot(partners.y, data.classes);
      places.forEach((i, k) => {
        const image = x.subarray(i * size, (i + 1) * size);
        const partner = partners.x.subarray(k * size, (k + 1) * size);
        const share = blend(image, partner, { ...key, index: own.index[i] }, own.shape);
        if (share < 0.5) y[i] = partners.y[k];
        for (let c = 0; c < data.classes; c++) {
          const at = i * data.classes + c;
          target[at] = share * target[at] + (1 - share) * theirs[k * data.classes + c];
        }
      });
      yield { ...own, x, y, target };
    }
  }

  return derived(data, {
    batches(options) {
      const { seed, epoch: number = 0, signal } = options;
      const source = data.batches(options);
      return seed === undefined ? source : epoch(source, { seed, epoch: number }, signal);
    },
  });
}

function oneHot(y: Int32Array, classes: number): Float32Array {
  const out = new Float32Array(y.length * classes);
  y.forEach((label, i) => {
    out[i * classes + label] = 1;
  });
  return out;
}
