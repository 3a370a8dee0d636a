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
  await setBackend('wasm');
}
