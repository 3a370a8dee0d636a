import { arrayOf, checkOptions, FormatError, integer, object, refusal, runRules, said, string } from '@agoge/core';
import { type Asking, answerOf, wholeAnswer } from './answers';
import { nameInside } from './archive-name';
import { bytesOf } from './bytes';
import { type DataFiles, namesUnder } from './data-files';
import { urlBytes } from './url-bytes';

export interface ServedFilesOptions extends Asking {
  /** What files there are: a server does not say. For sets that look, `imageFolder`, `imagenette` and `parquet`. */
  names?: readonly string[];
  /** Bytes up to which a file is fetched whole; of longer ones, what is asked for, by range. Default 256 MiB. */
  mostWhole?: number;
}

/**
 * Files of a data set that a server gives, in a page and in Node: `mnist({ files: servedFiles('/data/mnist') })`.
 *
 * A file is fetched when a set opens it, every time anew (in a page the browser's cache is asked); checksums are not looked at. No
 * such file is what is answered by 404 or 410, or by a page of HTML, as servers for development do.
 *
 * @param baseUrl address of their folder; relative to the page's in a page
 * @throws FormatError for any other answer, and for files that break off
 * @example
 * const test = await mnist({ files: servedFiles('https://example.org/data/mnist'), split: 'test' });
 */
export function servedFiles(baseUrl: string | URL, options: ServedFilesOptions = {}): DataFiles {
  checkOptions('servedFiles', options, {
    headers: object,
    signal: runRules.signal,
    names: arrayOf(string),
    mostWhole: integer({ min: 0 }),
  });
  const { names, headers, mostWhole = 2 ** 28 } = options;
  const base = folderOf(baseUrl);
  return {
    async open({ name }, given) {
      const path = nameInside('servedFiles', name).split('/').map(encodeURIComponent).join('/');
      const { href } = new URL(path, base);
      const signals = [given, options.signal].filter((each) => each !== undefined);
      const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
      const asking = { ...(headers && { headers }), ...(signal && { signal }) };
      const response = await answerOf('servedFiles', href, asking);
      const isPage = response.headers.get('content-type')?.startsWith('text/html');
      const isLong = Number(response.headers.get('content-length') ?? 0) > mostWhole;
      if (response.ok && !isPage && !isLong) {
        const whole = await wholeAnswer(response, href, mostWhole).catch((error) => {
          signal?.throwIfAborted();
          throw error;
        });
        return bytesOf(whole);
      }
      await response.body?.cancel();
      if (response.ok && !isPage) return urlBytes(href, asking);
      if (response.ok || response.status === 404 || response.status === 410) return undefined;
      throw new FormatError(href, `the server answers ${response.status} ${response.statusText}`);
    },
    async list(folder) {
      if (names) return namesUnder(names, folder);
      throw said(new TypeError(`servedFiles: a server does not say what files there are under ${base}: give names`));
    },
  };
}

function folderOf(given: string | URL): URL {
  const page = globalThis.location?.href;
  const url = URL.canParse(given, page) ? new URL(given, page) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw said(new TypeError(refusal('servedFiles', 'baseUrl', 'an address, http or https', given)));
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
