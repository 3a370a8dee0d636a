import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlBytes } from './url-bytes';

const content = Uint8Array.from({ length: 1000 }, (_, i) => i);
type Answer = (response: ServerResponse, from: number, to: number, request: IncomingMessage) => void;

/** As a good server answers; each part of it may be changed. */
const answer =
  (change: Record<string, string> = {}, more = 0, status = 206): Answer =>
  (response, from, to) => {
    response.writeHead(status, { 'content-range': `bytes ${from}-${to - 1}/1000`, etag: '"one"', ...change });
    response.end(content.subarray(from, to + more));
  };

let server: Server;
let answers: Answer;
let address: string;
const asked: IncomingMessage[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    answers(response, Number(from), Number(last) + 1, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('urlBytes', () => {
  it('fetches what is asked for, with its headers', async () => {
    answers = answer();
    asked.length = 0;
    const bytes = await urlBytes(address, { headers: { authorization: 'Bearer x' } });
    expect(bytes).toMatchObject({ length: 1000, tag: '"one"' });
    expect(await bytes.read(10, 20)).toEqual(content.slice(10, 20));
    expect(await bytes.read(990, 1000)).toEqual(content.slice(990));
    expect(await bytes.read(7, 7)).toEqual(new Uint8Array());
    expect(asked.map(({ headers }) => headers.range)).toEqual(['bytes=0-0', 'bytes=10-19', 'bytes=990-999']);
    expect(asked.every(({ headers }) => headers.authorization === 'Bearer x')).toBe(true);
  });

  it.each<[string, Answer, string]>([
    ['no ranges', answer({}, 0, 200), 'does not give parts of files (range requests)'],
    ['no such file', answer({}, 0, 404), 'the server answers 404 Not Found'],
    ['another range', answer({ 'content-range': 'bytes 1-1/1000' }), 'answers bytes 0-0 with "bytes 1-1/1000"'],
    ['no range', answer({ 'content-range': 'x' }), 'answers bytes 0-0 with "x"'],
    ['a range of unknown length', answer({ 'content-range': 'bytes 0-0/*' }), 'answers bytes 0-0 with "bytes 0-0/*"'],
    ['more than that', answer({}, 500), 'gives more than the 1 bytes asked for'],
    ['less than that', answer({}, -1), 'broke off after 0 of 1 bytes'],
  ])('refuses a server that gives %s', async (_, bad, message) => {
    answers = bad;
    await expect(urlBytes(address)).rejects.toThrow(`${address}: `);
    await expect(urlBytes(address)).rejects.toThrow(message);
  });

  it.each<[string, Answer]>([
    ['tag', answer({ etag: '"two"' })],
    ['length', answer({ 'content-range': 'bytes 10-19/1001' })],
  ])('refuses a file that has got another %s', async (_, changed) => {
    answers = answer();
    const bytes = await urlBytes(address);
    answers = changed;
    await expect(bytes.read(10, 20)).rejects.toThrow(
      'has changed while it was read: from 1000 bytes "\\"one\\"" to 10',
    );
  });

  it('says that a connection broke, and stops at its signal', async () => {
    answers = (response) => response.destroy();
    await expect(urlBytes(address)).rejects.toThrow(`urlBytes: ${address} cannot be fetched: `);
    answers = (response, from, to) => {
      response.writeHead(206, { 'content-range': `bytes ${from}-${to - 1}/1000`, 'content-length': to - from });
      response.write(content.subarray(from, from + 1), () => response.destroy());
    };
    const bytes = await urlBytes(address);
    await expect(bytes.read(0, 500)).rejects.toThrow(`${address}: broke off: `);
    const abort = new AbortController();
    answers = () => abort.abort(new Error('enough'));
    await expect(urlBytes(address, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('takes addresses of the web alone', async () => {
    await expect(urlBytes('file:///etc/passwd')).rejects.toThrow(
      'urlBytes: url must be an address, http or https, got',
    );
    await expect(urlBytes('cifar10')).rejects.toThrow('urlBytes: url must be an address');
    await expect(urlBytes(address, { header: {} } as never)).rejects.toThrow('urlBytes: unknown option "header"');
  });
});
