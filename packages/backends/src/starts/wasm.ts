import { plural } from '@agoge/core';
import { env } from '@tensorflow/tfjs-core';
import { activate, type Start } from './start';

export const wasm: Start = async ({ wasmPaths }) => {
  const { getThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  await activate('wasm', ' (in a bundle, give wasmPaths)');
  const simd = (await env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
  const threads = getThreadsCount();
  return { form: `wasm (${simd}, ${plural(threads, 'thread')})` };
};
