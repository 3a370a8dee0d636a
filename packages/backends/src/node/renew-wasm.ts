import {
  backend,
  findBackendFactory,
  getBackend,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';

/**
 * Starts wasm anew where it is the current backend: a faulty kernel may have written over memory that is not its own, and
 * would make those that come after it look faulty too. Tensors that it held are lost.
 */
export async function renewWasm(): Promise<void> {
  if (getBackend() !== 'wasm') return;
  const factory = findBackendFactory('wasm');
  // To free damaged memory may fail; the garbage collector takes it whole.
  backend().dispose = () => {};
  removeBackend('wasm');
  registerBackend('wasm', factory);
  await withoutListeners(() => setBackend('wasm'));
}

/** Each start of wasm adds two listeners to the process and never takes them away; those of the first are enough. */
async function withoutListeners(start: () => Promise<unknown>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => process.rawListeners(event));
  await start();
  for (const [i, event] of events.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (!before[i].includes(listener)) process.off(event, listener as () => void);
    }
  }
}
