// All that reckons runs here, so that the page stays free.
import { type BackendChoice, type BackendName, useBackend } from '@agoge/backends';
import type { Store } from '@agoge/core';
import { indexedDbStore } from '@agoge/core/browser';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { env, memory } from '@tensorflow/tfjs-core';
import { forgetRun, keepRun, keptRun } from './kept-run';
import { finishedModel } from './model-files';
import type { KeptRun, Order, Report } from './protocol';
import { checkSetup } from './setup';
import { trainingRun } from './training-run';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simd, // never asked for, see start()
};
const tell = (report: Report): void => globalThis.postMessage(report);

const store: Store = indexedDbStore({ name: 'agoge-train-in-browser' });
let backend: BackendChoice;
let running: AbortController | undefined;

/** Starts a backend; wasm on one thread, wherever the page lies: to so small a network more would be a burden. */
async function start(name: BackendName): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm'); // brings the flag
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  backend = await useBackend(name, { wasmPaths });
}

/** Tells what there is while nothing runs. */
async function idle(): Promise<void> {
  const { run, weights } = await keptRun(store);
  const finished = run && weights && (await finishedModel(run.setup, weights));
  const { numTensors: tensors } = memory();
  tell({ is: 'idle', backend: backend.why, tensors, ...(run && { kept: run }), ...(finished && { finished }) });
}

async function run(kept: KeptRun): Promise<void> {
  const controller = new AbortController();
  running = controller;
  tell({ is: 'running', run: kept });
  try {
    await keepRun(store, kept);
    await trainingRun(kept, store, controller.signal, tell);
  } catch (error) {
    if (error !== controller.signal.reason) throw error;
  } finally {
    running = undefined;
    if (controller.signal.reason === 'abort') await forgetRun(store);
    else await keepRun(store, kept);
  }
}

async function obey(order: Order): Promise<void> {
  if (order.do === 'pause' || order.do === 'abort') {
    if (running) return running.abort(order.do);
    if (order.do === 'abort') await forgetRun(store);
  }
  if (running) throw new Error('a run is on');
  if (order.do === 'open') await start('auto');
  if (order.do === 'begin') {
    checkSetup(order.setup);
    await forgetRun(store);
    await run({ setup: order.setup, backend: backend.name, points: [] });
  }
  if (order.do === 'goOn') {
    const { run: kept } = await keptRun(store);
    if (!kept) throw new Error('there is no run to go on with');
    if (kept.backend !== backend.name) await start(kept.backend as BackendName);
    await run(kept);
  }
  await idle();
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  obey(data).catch((error: Error) => tell({ is: 'failed', message: error.message }));
});
