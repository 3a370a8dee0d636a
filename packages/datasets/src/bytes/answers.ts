import { FormatError, said } from '@agoge/core';

/** With what a server is asked. */
export interface Asking {
  /** Sent with every request, such as `{ authorization: 'Bearer hf_...' }`. */
  headers?: Readonly<Record<string, string>>;
  /** Ends requests that are under way, and all later ones. */
  signal?: AbortSignal;
}

/** What a server answers, whatever its status; that it cannot be reached is an error that says so. */
export function answerOf(who: string, href: string, { headers, signal }: Asking): Promise<Response> {
  return fetch(href, { ...(headers && { headers }), ...(signal && { signal }) }).catch((cause) => {
    signal?.throwIfAborted();
    throw said(new Error(`${who}: ${href} cannot be fetched: ${cause.cause?.message ?? cause.message}`, { cause }));
  });
}

/**
 * All that an answer holds, in memory.
 *
 * @param most bytes that are taken
 * @throws FormatError for more of them, and where the connection breaks
 */
export async function wholeAnswer(response: Response, href: string, most: number): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  const broken = (error: Error) => new FormatError(href, `broke off after ${length} bytes: ${error.message}`);
  const next = async () =>
    reader?.read().catch((error) => {
      throw broken(error);
    });
  for (let piece = await next(); piece && !piece.done; piece = await next()) {
    length += piece.value.length;
    if (length > most) {
      await reader?.cancel();
      throw new FormatError(href, `has more than the ${most} bytes that are taken`);
    }
    parts.push(piece.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
