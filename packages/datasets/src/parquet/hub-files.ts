import {
  checkOptions,
  FormatError,
  object,
  parseJson,
  type Rule,
  refusal,
  required,
  runRules,
  said,
  string,
} from '@agoge/core';
import { type Asking, answerOf, wholeAnswer } from '../bytes/answers';
import { type DataFiles, namesUnder } from '../bytes/data-files';
import { urlBytes } from '../bytes/url-bytes';

export interface HubFilesOptions extends Asking {
  /** `owner/name`. */
  repository: string;
  /** One of its configurations; default `default`. */
  config?: string;
  /** Default `train`. */
  split?: string;
  /** Of the hub; default `https://huggingface.co`. */
  baseUrl?: string;
}

/** Of the answer that names the files. */
const mostBytes = 2 ** 24;

const matching = (expected: string, form: RegExp): Rule => ({
  expected,
  test: (value) => (typeof value !== 'string' ? 'kind' : form.test(value) ? 'ok' : 'range'),
});
const plain = matching('letters, digits, "_", "." and "-"', /^[\w.-]+$/);

/**
 * The parquet files of a data set on the Hugging Face hub, as its API lists them
 * (`/api/datasets/OWNER/NAME/parquet/CONFIG/SPLIT`): the hub makes them of data sets in other forms too.
 *
 * They are named `SPLIT-00000-of-00002.parquet`, are opened by {@link urlBytes}, and fetched no further than they are read. The hub
 * is asked once, when files are first asked for; `headers` go to the hub alone, not to other hosts that it may name.
 *
 * @throws FormatError for a data set that it does not have or does not show, and for what is no list of addresses
 * @example
 * const files = hubFiles({ repository: 'uoft-cs/cifar10', config: 'plain_text', split: 'test' });
 * const test = await parquet({ files, split: 'test' });
 */
export function hubFiles(options: HubFilesOptions): DataFiles {
  checkOptions('hubFiles', options, {
    repository: required(matching('owner/name', /^[\w.-]+\/[\w.-]+$/)),
    config: plain,
    split: plain,
    baseUrl: string,
    headers: object,
    signal: runRules.signal,
  });
  const { repository, config = 'default', split = 'train', baseUrl = 'https://huggingface.co', ...asking } = options;
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (base?.protocol !== 'https:' && base?.protocol !== 'http:') {
    throw said(new TypeError(refusal('hubFiles', 'baseUrl', 'an address, http or https', baseUrl)));
  }
  const { href } = new URL(`/api/datasets/${repository}/parquet/${config}/${split}`, base);

  let asked: Promise<Map<string, URL>> | undefined;
  const files = () => {
    asked ??= shards(href, split, asking).catch((error) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
  return {
    async open({ name }, signal = asking.signal) {
      const address = (await files()).get(name);
      if (!address) return undefined;
      const { headers } = asking;
      return urlBytes(address, {
        ...(headers && address.origin === base.origin && { headers }),
        ...(signal && { signal }),
      });
    },
    list: async (folder) => namesUnder([...(await files()).keys()], folder),
  };
}

/** The files that the hub lists, by the names that they are given here. */
async function shards(href: string, split: string, asking: Asking): Promise<Map<string, URL>> {
  const response = await answerOf('hubFiles', href, asking);
  if (!response.ok) {
    await response.body?.cancel();
    throw new FormatError(href, `the server answers ${response.status} ${response.statusText}`);
  }
  const list = parseJson(href, new TextDecoder().decode(await wholeAnswer(response, href, mostBytes)));
  if (!Array.isArray(list) || !list.every(isAddress)) throw new FormatError(href, 'is no list of addresses');
  if (list.length === 0) throw new FormatError(href, 'lists no files');
  const number = (value: number) => String(value).padStart(5, '0');
  return new Map(
    list.map((address, i) => [`${split}-${number(i)}-of-${number(list.length)}.parquet`, new URL(address)]),
  );
}

const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
