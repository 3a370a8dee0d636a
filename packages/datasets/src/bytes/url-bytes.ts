import { checkOptions, FormatError, isUserError, object, refusal, runRules, said, show } from '@agoge/core';
import { type Asking, answerOf } from './answers';
import type { Bytes } from './bytes';

/** Bytes of which somebody vouches that they are the same whenever the tag is. */
export interface TaggedBytes extends Bytes {
  readonly tag: string;
}

export const isTagged = (bytes: Bytes): bytes is TaggedBytes => typeof (bytes as TaggedBytes).tag === 'string';

export type UrlBytesOptions = Asking;

/**
 * A file on a server, of which only what is asked for is fetched, by range requests (RFC 9110, section 14).
 *
 * Every answer must be of the same file: of the same length and entity tag (else date) as the first, which `tag` has. A page
 * needs a server that lets it read `Content-Range`, as Hugging Face's does.
 *
 * @param url address, http or https
 * @throws FormatError for servers that do not answer with the range that they were asked for, and files that have changed
 * @example
 * const address = 'https://huggingface.co/datasets/uoft-cs/cifar10/resolve/main/plain_text/test-00000-of-00001.parquet';
 * const data = await parquetImages({ files: [await urlBytes(address)] });
 */
export async function urlBytes(url: string | URL, options: UrlBytesOptions = {}): Promise<TaggedBytes> {
  checkOptions('urlBytes', options, { headers: object, signal: runRules.signal });
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:') {
    throw said(new TypeError(refusal('urlBytes', 'url', 'an address, http or https', url)));
  }
  const first = await range(address, 0, 1, options);
  return {
    length: first.length,
    tag: first.tag,
    async read(from, to) {
      if (from === to) return new Uint8Array();
      const { bytes, length, tag } = await range(address, from, to, options);
      if (length !== first.length || tag !== first.tag) {
        const [was, is] = [first, { length, tag }].map((each) => `${each.length} bytes ${show(each.tag)}`);
        throw new FormatError(address.href, `has changed while it was read: from ${was} to ${is}`);
      }
      return bytes;
    },
  };
}

/** One answer: the bytes, and of all of the file its length and tag. */
async function range({ href }: URL, from: number, to: number, { headers, signal }: UrlBytesOptions) {
  const failed = (what: string) => new FormatError(href, what);
  const response = await answerOf('urlBytes', href, {
    headers: { ...headers, range: `bytes=${from}-${to - 1}` },
    signal,
  });
  try {
    if (response.status === 200) throw failed('the server does not give parts of files (range requests)');
    if (response.status !== 206) throw failed(`the server answers ${response.status} ${response.statusText}`);
    const given = response.headers.get('content-range') ?? '';
    const [, start, end, all] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(given)?.map(Number) ?? [];
    if (start !== from || end !== to - 1) {
      throw failed(`the server answers bytes ${from}-${to - 1} with ${show(given)}`);
    }
    return {
      bytes: await exactly(response, to - from, failed),
      length: all,
      tag: response.headers.get('etag') ?? response.headers.get('last-modified') ?? '',
    };
  } catch (error) {
    if (!response.body?.locked) await response.body?.cancel().catch(() => {});
    signal?.throwIfAborted();
    throw isUserError(error) ? error : failed(`broke off: ${(error as Error).message}`);
  }
}

/** So many bytes of an answer, and no more are taken than that. */
async function exactly(response: Response, length: number, failed: (what: string) => Error): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    if (at + next.value.length > length) {
      await reader?.cancel();
      throw failed(`the server gives more than the ${length} bytes asked for`);
    }
    bytes.set(next.value, at);
    at += next.value.length;
  }
  if (at !== length) throw failed(`broke off after ${at} of ${length} bytes`);
  return bytes;
}
