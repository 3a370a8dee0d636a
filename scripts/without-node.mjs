// `node scripts/without-node.mjs bundle.js`: runs a browser bundle with what a web worker has and without Node's globals.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

const bundle = pathToFileURL(process.argv[2]);
const types = { '.wasm': 'application/wasm', '.json': 'application/json' };

await fetch('data:,'); // Node's fetch loads itself on first use, and wants Node's globals then

// The assets lie beside the bundle, where a page would have them under its own address.
globalThis.fetch = async (address) => {
  const url = new URL(String(address), new URL('..', bundle));
  if (url.protocol !== 'file:') throw new TypeError(`fetch of ${url}: the example must not need the network`);
  const type = types[extname(url.pathname)] ?? 'application/octet-stream';
  return new Response(await readFile(url), { headers: { 'content-type': type } });
};
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = class {};
globalThis.importScripts = () => {};
globalThis.location = bundle;
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'SharedArrayBuffer']) delete globalThis[name];

await import(bundle.href);
