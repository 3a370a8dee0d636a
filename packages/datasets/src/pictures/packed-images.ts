import {
  canonicalJson,
  checkOptions,
  FormatError,
  fn,
  integer,
  isUserError,
  oneOf,
  type Rules,
  runRules,
} from '@agoge/core';
import { hashOf } from '../bytes/hash-of';
import { inParallel } from '../bytes/in-parallel';
import { type Dataset, dataset } from '../dataset';
import { decodeImage } from './decode-image';
import { type DecodeImage, decodeDefaults, type Image } from './image';
import { type PreparationLike, preparationLike, preparationOf } from './preparation';

/** Images as the files that they were, JPEG and the like, which are read by number. */
export interface PackedImages {
  /** One per image, from 0 to `classes - 1`. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** Of their bytes, in their order. */
  readonly hash: string;
  /** What messages call an image. */
  name(row: number): string;
  /** The bytes of an image. Rows are asked for in rising order, several at once. */
  bytes(row: number): Promise<Uint8Array>;
}

/** How packed images become pixels. */
export interface PackedImagesOptions {
  /**
   * Makes images of all sizes ones of one size, as `imagenetPreparation()` does, of which the options will do too:
   * `{ resize: 256, crop: 224 }`; without, all must have the size of the first.
   */
  preparation?: PreparationLike;
  /** 1 for grey levels, 3 for colours, whatever the files have. Default 3. */
  channels?: 1 | 3;
  /** Images of more are refused. Default as for `decodeImage`. */
  maxPixels?: number;
  /** What reads an image. Default `decodeImage`. */
  decode?: DecodeImage;
  /**
   * `refuse`: a damaged image is an error when it is read. `skip`: every image is decoded at opening, and those that cannot be
   * are left out. Default `refuse`.
   */
  onDamaged?: 'refuse' | 'skip';
  /** Ends the opening. */
  signal?: AbortSignal;
}

/** A data set of images that are decoded when they are asked for. */
export interface PackedDataset extends Dataset {
  /** Names of damaged images that were left out. */
  readonly skipped: readonly string[];
}

const packedRules: Rules = {
  preparation: preparationLike,
  channels: oneOf(1, 3),
  maxPixels: integer({ min: 1 }),
  decode: fn,
  onDamaged: oneOf('refuse', 'skip'),
  signal: runRules.signal,
};

/** Checks the options of a reader of packed images, before it reads any: `rules` are of those that are its own. */
export function checkPacked(who: string, options: PackedImagesOptions, rules: Rules): void {
  checkOptions(who, options, { ...packedRules, ...rules });
  if (options.preparation) preparationOf(options.preparation);
}

/** Images that are decoded at once: as many as Node's threads for such work, and as many again to read meanwhile. */
const lanes = 8;

/**
 * Packed images as a data set: decoded when they are asked for, several at once, and divided by 255.
 *
 * @param who the reader, for messages
 */
export async function packedImages(
  who: string,
  packed: PackedImages,
  options: PackedImagesOptions,
): Promise<PackedDataset> {
  const preparation = options.preparation && preparationOf(options.preparation);
  const { channels = 3, maxPixels = decodeDefaults.maxPixels, decode = decodeImage } = options;
  const image = async (row: number): Promise<Image> => {
    const name = `${who}: ${packed.name(row)}`;
    const decoded = await decode(name, await packed.bytes(row), { channels, maxPixels });
    try {
      return preparation ? preparation.apply(decoded) : decoded;
    } catch (error) {
      throw isUserError(error) ? new FormatError(name, error.message) : error;
    }
  };

  const { rows, skipped } = await soundRows(packed, image, options);
  if (rows.length === 0) throw new FormatError(who, `none of the ${packed.labels.length} images can be decoded`);
  const { width, height } = preparation ?? (await image(rows[0]));
  const shape = [height, width, channels] as const;
  const size = width * height * channels;
  const labels = Int32Array.from(rows, (row) => packed.labels[row]);
  const { classes } = packed;
  const made = { shape, classes, preparation: preparation?.name ?? null };
  const images = dataset({
    shape,
    classes,
    bounds: [0, 1],
    labels,
    hash: hashOf(canonicalJson(made), new Uint8Array(labels.buffer), new Uint8Array(rows.buffer), packed.hash),
    async read(places, out, signal) {
      const order = Uint32Array.from(places, (_, i) => i).sort((a, b) => places[a] - places[b]);
      await inParallel(order.length, lanes, async (i) => {
        signal?.throwIfAborted();
        const row = rows[places[order[i]]];
        const { data: pixels, ...found } = await image(row);
        if (found.width !== width || found.height !== height || found.channels !== channels) {
          const sizes = [found, { width, height, channels }].map(
            (each) => `${each.width} x ${each.height} x ${each.channels}`,
          );
          const first = preparation ? 'the preparation says' : `${packed.name(rows[0])} is`;
          const what = `is ${sizes[0]}, where ${first} ${sizes[1]}: give a preparation that makes them one size`;
          throw new FormatError(`${who}: ${packed.name(row)}`, what);
        }
        const from = order[i] * size;
        for (let j = 0; j < size; j++) out[from + j] = pixels[j] / 255;
      });
    },
  });
  return { ...images, skipped };
}

/** Rows of images that can be decoded, and names of those that cannot; all of them, unread, unless they shall be skipped. */
async function soundRows(
  packed: PackedImages,
  image: (row: number) => Promise<Image>,
  { onDamaged, signal }: PackedImagesOptions,
): Promise<{ rows: Uint32Array; skipped: string[] }> {
  const all = Uint32Array.from(packed.labels, (_, row) => row);
  if (onDamaged !== 'skip') return { rows: all, skipped: [] };
  const damaged = new Uint8Array(all.length);
  await inParallel(all.length, lanes, async (row) => {
    signal?.throwIfAborted();
    await image(row).catch((error) => {
      if (!(error instanceof FormatError)) throw error;
      damaged[row] = 1;
    });
  });
  const skipped = Array.from(
    all.filter((row) => damaged[row] === 1),
    (row) => packed.name(row),
  );
  return { rows: all.filter((row) => damaged[row] === 0), skipped };
}
