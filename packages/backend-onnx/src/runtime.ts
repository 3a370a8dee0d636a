import { createRequire } from 'node:module';
import { blockSize } from './block-size';
import type { ElementType } from './model-proto';
import type { OnnxOptions } from './options';

export type RuntimeValues = Float32Array | Int32Array | Uint8Array;

/** ONNX Runtime's tensor. */
export interface RuntimeTensor {
  readonly data: RuntimeValues;
  readonly dims: readonly number[];
}

export interface RuntimeSession {
  run(
    feeds: Record<string, RuntimeTensor>,
    fetches: Record<string, null>,
    options: object,
  ): Record<string, RuntimeTensor>;
  /** Writes the profile and gives the path of its file. */
  endProfiling(): string;
  dispose(): void;
}

interface NativeSession extends RuntimeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
}

/** What the backend takes of onnxruntime-node. */
export interface Runtime {
  /** The execution providers that it was built for; one that is not bundled has its library elsewhere, if anywhere. */
  readonly providers: readonly { name: string; bundled: boolean }[];
  /** How many channels a block of its blocked convolutions has; 0 where it has none. */
  readonly block: number;
  tensor(type: ElementType, values: RuntimeValues, shape: readonly number[]): RuntimeTensor;
  /** @param kernels those of TensorFlow.js that the model was made of, one for each call */
  session(model: Uint8Array, kernels: readonly string[]): RuntimeSession;
}

/**
 * The version whose private entry is known. Kernels of TensorFlow.js and `dataSync` must run at once; the public entry of
 * onnxruntime-node only ever runs later, although what it calls is synchronous.
 */
export const runtimeVersion = '1.30.0';
const install = `npm install --ignore-scripts onnxruntime-node@${runtimeVersion}`;

interface Binding {
  binding: {
    InferenceSession: new () => NativeSession;
    listSupportedBackends(): { name: string; bundled: boolean }[];
  };
  initOrt(): void;
}

/**
 * Loads onnxruntime-node.
 *
 * @param profile start of the path of the profile that each session writes, where it shall
 * @param require finds onnxruntime-node; by default from here
 * @throws Error where it is not installed, is of another version, or has no binary for this platform; with what to do
 */
export function loadRuntime(
  { threads, providers }: Pick<OnnxOptions, 'threads' | 'providers'>,
  profile?: string,
  require: NodeJS.Require = createRequire(import.meta.url),
): Runtime {
  const load = <T>(path: string, failed: (cause: NodeJS.ErrnoException) => string): T => {
    try {
      return require(path) as T;
    } catch (cause) {
      throw new Error(`onnx: ${failed(cause as NodeJS.ErrnoException)}`, { cause });
    }
  };
  const { version } = load<{ version: string }>(
    'onnxruntime-node/package.json',
    () => `it needs onnxruntime-node: ${install}`,
  );
  if (version !== runtimeVersion) {
    throw new Error(`onnx: it needs onnxruntime-node ${runtimeVersion}, and ${version} is installed: ${install}`);
  }
  const { binding, initOrt } = load<Binding>('onnxruntime-node/dist/binding.js', ({ message, code }) =>
    code === 'MODULE_NOT_FOUND' && message.includes('onnxruntime_binding.node')
      ? `onnxruntime-node ${version} has no binary for ${process.platform} on ${process.arch}`
      : `onnxruntime-node ${version} does not load: ${message.split('\n')[0]}`,
  );
  const { Tensor } = require('onnxruntime-node') as {
    Tensor: new (type: string, values: RuntimeValues, shape: readonly number[]) => RuntimeTensor;
  };
  initOrt();
  const options = {
    executionProviders: providers,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // At the same speed with less memory, of which every graph that is kept holds its own.
    enableMemPattern: false,
    // Threads wait in sleep between runs: those of many graphs would spin against each other.
    extra: { session: { force_spinning_stop: '1' } },
    // Nothing on the console: what stops a graph is thrown, in words.
    logSeverityLevel: 4,
    ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
  };
  const onCpuAlone = providers.every((each) => each === 'cpu');
  const runtime: Omit<Runtime, 'block'> = {
    providers: binding.listSupportedBackends(),
    tensor: (type, values, shape) => new Tensor(type, values, shape),
    session(model) {
      const session = new binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
      return session;
    },
  };
  return { ...runtime, block: onCpuAlone ? blockSize(runtime) : 0 };
}
