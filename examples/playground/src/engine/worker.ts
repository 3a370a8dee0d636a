import { type BackendName, useBackend } from '@agoge/backends';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { runAttack } from './attack';
import { classify, open } from './classifiers';
import { runCurve } from './curve';
import type { CallName, Calls, FromWorker, Request, Started, ToWorker } from './protocol';
import { shapeOf } from './shape';
import { allDigits } from './test-data';

/** How a call is answered. */
type Answer<Name extends CallName> = (
  input: Calls[Name]['input'],
  reins: { signal: AbortSignal; tell(event: Calls[Name]['event']): void },
) => Promise<Calls[Name]['output']>;

const answers: { [Name in CallName]: Answer<Name> } = {
  start: ({ backend }) => start(backend),
  open,
  digits: allDigits,
  classify,
  attack: runAttack,
  curve: runCurve,
  shape: shapeOf,
};

async function start(backend: BackendName): Promise<Started> {
  const address = (path: string) => new URL(path, import.meta.url).href;
  const { name, why } = await useBackend(backend, {
    wasmPaths: {
      'tfjs-backend-wasm.wasm': address(plain),
      'tfjs-backend-wasm-simd.wasm': address(simd),
      'tfjs-backend-wasm-threaded-simd.wasm': address(threaded),
    },
  });
  return { name, why };
}

const running = new Map<number, AbortController>();
const send = (message: FromWorker) => globalThis.postMessage(message);
/** None before a backend runs. */
const tensors = () => (getBackend() ? memory().numTensors : 0);

async function answer({ call, name, input }: Request): Promise<void> {
  const controller = new AbortController();
  running.set(call, controller);
  try {
    const handle = answers[name] as Answer<CallName>;
    const output = await handle(input, { signal: controller.signal, tell: (event) => send({ call, event }) });
    send({ call, output, tensors: tensors() });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({ call, error: message, aborted: controller.signal.aborted, tensors: tensors() });
  } finally {
    running.delete(call);
  }
}

globalThis.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('abort' in data) running.get(data.abort)?.abort();
  else void answer(data);
});
