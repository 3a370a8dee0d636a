import { checkOptions, FormatError, required, show, string } from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf } from '../bytes/bytes';
import { bytesLike } from '../bytes/bytes-like';
import { openMember, zipMembers } from '../bytes/zip';
import type { Dataset } from '../dataset';
import { type ArrayLayout, defaultMost, readArrayImages, type StoredArray } from './array-images';
import { arrayRules } from './npy-images';

export interface NpzImagesOptions extends ArrayLayout {
  /** The archive, as `numpy.savez` or `numpy.savez_compressed` writes it. */
  file: BytesLike;
  /** The name of the images' array. Default `image`, as in the synthetic data that go with robust training. */
  images?: string;
  /** The name of the labels' array. Default `label`, as there. */
  labels?: string;
}

/**
 * Images and labels from an `.npz` archive, such as `cifar10_ddpm.npz`, as {@link npyImages} from two files.
 *
 * An array that is stored (`numpy.savez`) is read by rows where it lies, however long it is. A compressed one
 * (`numpy.savez_compressed`) is unpacked into memory, up to `most` bytes; what is longer is refused by an error that says so.
 *
 * @throws FormatError as `npyImages`, and for an archive that is damaged, or has links or names that lead out of it
 * @example
 * const extra = await npzImages({ file: await fileBytes('cifar10_ddpm.npz') });
 */
export async function npzImages(options: NpzImagesOptions): Promise<Dataset> {
  checkOptions('npzImages', options, { file: required(bytesLike), images: string, labels: string, ...arrayRules });
  const { file, ...rest } = options;
  return readNpz('npzImages', bytesOf(file), rest);
}

/** {@link npzImages} for a set with a name. */
export async function readNpz(
  who: string,
  archive: Bytes,
  { images = 'image', labels = 'label', ...layout }: Omit<NpzImagesOptions, 'file'>,
): Promise<Dataset> {
  const members = await zipMembers(who, archive);
  const { most = defaultMost } = layout;
  const array = async (name: string): Promise<StoredArray> => {
    const member = members.get(`${name}.npy`);
    if (!member) {
      const there = [...members.keys()].slice(0, 20).map((each) => show(each.replace(/\.npy$/, '')));
      throw new FormatError(who, `there is no array ${show(name)} (there are: ${there.join(', ') || 'none'})`);
    }
    if (member.method === 8 && member.size > most) {
      const advice = 'allow for more by `most`, or store it uncompressed, as numpy.savez does';
      throw new FormatError(
        who,
        `${show(name)} is compressed, and its ${member.size} bytes are more than ${most}: ${advice}`,
      );
    }
    const bytes = await openMember(who, archive, member, most);
    // What was unpacked has been checked.
    return { name, bytes, ...(member.method === 0 && { crc: member.crc }) };
  };
  return readArrayImages(who, await array(images), await array(labels), layout);
}
