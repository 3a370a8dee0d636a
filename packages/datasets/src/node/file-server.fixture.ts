import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** How a server gives a file, and where it goes wrong. */
export interface Served {
  bytes: Uint8Array;
  etag?: string;
  lastModified?: string;
  /** Its type, if it has one. */
  type?: string;
  /** Whether it knows ranges; default `true`. */
  ranges?: boolean;
  /** Whether it says how long the file is; default `true`. */
  length?: boolean;
  /** Answers of the first requests, in turn: a status, or after how many bytes the line breaks, or falls silent. */
  troubles?: ({ status: number } | { breakAfter: number } | { silentAfter: number })[];
}

/** One request as it came, and how many bytes were sent for it. */
interface Asked {
  path: string;
  authorization?: string;
  range?: string;
  ifRange?: string;
  sent: number;
}

/** A server of files on this machine, with ranges, for tests; what it is asked is noted. */
export async function fileServer(files: Record<string, Served>, perSecond = Infinity) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));

  async function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const note: Asked = {
      path: url,
      authorization: headers.authorization,
      range: headers.range,
      ifRange: headers['if-range'] as string | undefined,
      sent: 0,
    };
    asked.push(note);
    const file = files[url.slice(1)];
    const trouble = file?.troubles?.shift();
    if (!file || (trouble && 'status' in trouble)) {
      response.writeHead(trouble && 'status' in trouble ? trouble.status : 404).end();
      return;
    }
    const { bytes, etag, lastModified, type, ranges = true, length = true } = file;
    const same = note.ifRange === undefined || note.ifRange === etag || note.ifRange === lastModified;
    const [, first, last] = (ranges && same && /^bytes=(\d+)-(\d*)$/.exec(note.range ?? '')) || [];
    const from = Number(first ?? 0);
    const to = last ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
    response.setHeader('accept-ranges', ranges ? 'bytes' : 'none');
    if (type) response.setHeader('content-type', type);
    if (etag) response.setHeader('etag', etag);
    if (lastModified) response.setHeader('last-modified', lastModified);
    if (first !== undefined && from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    if (first !== undefined) response.setHeader('content-range', `bytes ${from}-${to - 1}/${bytes.length}`);
    if (length) response.setHeader('content-length', to - from);
    response.writeHead(first === undefined ? 200 : 206);
    const end = trouble ? from + ('breakAfter' in trouble ? trouble.breakAfter : trouble.silentAfter) : to;
    for (let at = from; at < end && !response.destroyed; at += 16_384) {
      const piece = bytes.subarray(at, Math.min(at + 16_384, end));
      await new Promise((resolve) => response.write(piece, resolve));
      note.sent += piece.length;
      if (perSecond < Infinity) await pause((1000 * piece.length) / perSecond);
    }
    if (!trouble) response.end();
    else if ('breakAfter' in trouble) {
      // A line that breaks takes along what was not yet read.
      await pause(30);
      response.destroy();
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
