import { plural } from '@agoge/core';
import { engine, findBackendFactory } from '@tensorflow/tfjs-core';
import type { OnnxSettings } from '../use-backend-options';
import { isAbsent } from './absent';
import { activate, type Start, Unavailable } from './start';

/** What the package hangs on the factory that it registers: makes the backend with these settings, or says why it cannot. */
const prepare = Symbol.for('@agoge/backend-onnx/prepare');
interface Factory {
  [prepare]?(settings: OnnxSettings): void;
}

/** What is read of the backend. */
interface OnnxBackend {
  report(): { runtime: string; threads: number; providers: readonly string[] };
}

/** ONNX Runtime in Node, by `@agoge/backend-onnx`, which registers the backend. */
export const onnx: Start = async ({ onnx: settings = {} }) => {
  if (!globalThis.process?.versions?.node) throw new Unavailable('it runs in Node only');
  if (!findBackendFactory('onnx')) await load('@agoge/backend-onnx');
  try {
    (findBackendFactory('onnx') as Factory)[prepare]?.(settings);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = message.replace(/^onnx: /, '');
    throw isRuntimeAbsent(cause) ? new Unavailable(reason, { cause }) : new Error(reason, { cause });
  }
  await activate('onnx');
  const { runtime, threads, providers } = (engine().registry.onnx as unknown as OnnxBackend).report();
  const on = providers.join() === 'cpu' ? '' : ` on ${providers.join(', then ')}`;
  return { form: `onnx (ONNX Runtime ${runtime}${on}, ${plural(threads, 'thread')})` };
};

/** By a name in a variable, for bundlers to leave it alone; programs from whose place it is not found import it first. */
async function load(name: string): Promise<void> {
  await import(/* webpackIgnore: true */ /* @vite-ignore */ name).catch((cause) => {
    if (!isAbsent(name, cause)) throw cause;
    throw new Unavailable(`it needs ${name}: install it with onnxruntime-node, and import it`, { cause });
  });
}

const isRuntimeAbsent = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.includes("Cannot find module 'onnxruntime-node");
