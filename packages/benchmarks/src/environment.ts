import type { OnnxBackend } from '@agoge/backend-onnx';
import { backend, getBackend, version_core as tfjsCore } from '@tensorflow/tfjs-core';
import { codeVersion } from './code-version';

/** Where numbers were measured: enough to say why they differ elsewhere. */
export interface Environment {
  /** The tfjs backend that ran. */
  backend: string;
  /** Of the backend, where it has any of its own; else 1. */
  threads: number;
  /** `null` in a browser. */
  node: string | null;
  /** Operating system and processor architecture, or the browser's user agent. */
  platform: string;
  cpus: { model: string; count: number };
  /** Of tfjs-core and, in Node, of our packages and of onnxruntime-node where that ran. */
  versions: Record<string, string>;
  /** In Node: SHA-256 over the code of our packages, which says more than versions do while they are being worked on. */
  code?: string;
}

/** What the current process and backend are. */
export async function environment(): Promise<Environment> {
  const name: string = getBackend();
  const found = host();
  if (name === 'onnx') {
    const { runtime, threads } = (backend() as OnnxBackend).report();
    return { backend: name, threads, ...found, versions: { ...found.versions, 'onnxruntime-node': runtime } };
  }
  return { backend: name, threads: name === 'wasm' ? await threadsOfWasm() : 1, ...found };
}

async function threadsOfWasm(): Promise<number> {
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  return getThreadsCount();
}

function host(): Omit<Environment, 'backend' | 'threads'> {
  const versions: Record<string, string> = { '@tensorflow/tfjs-core': tfjsCore };
  // Asked of the process, so that no bundler meets an import of Node's built-ins.
  const builtin = globalThis.process?.getBuiltinModule;
  if (!builtin) {
    const { userAgent = 'unknown', hardwareConcurrency = 1 } = globalThis.navigator ?? {};
    return { node: null, platform: userAgent, cpus: { model: 'unknown', count: hardwareConcurrency }, versions };
  }
  const os = builtin('node:os');
  const own = codeVersion();
  const cpus = os.cpus();
  return {
    node: globalThis.process.versions.node,
    platform: `${os.platform()} ${os.arch()}`,
    cpus: { model: cpus[0]?.model.trim() ?? 'unknown', count: cpus.length },
    versions: { ...versions, ...own?.versions },
    ...(own && { code: own.code }),
  };
}
