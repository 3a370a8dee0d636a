import { type BackendName, useBackend } from '@agoge/backends';
import { peerDependencies } from '../../package.json';
import type { Context } from './terminal';

/** Registers the onnx backend where it may be taken: programs of ours find its package from here. */
export async function loadBackend(backend: string): Promise<void> {
  if (backend === 'onnx' || backend === 'auto') await import('@agoge/backend-onnx');
}

/**
 * Starts the backend that the user chose, and says on stderr which runs and why; where ONNX Runtime, which is faster, is not
 * installed, how to get it.
 */
export async function startBackend({
  backend,
  onnx,
  stderr,
}: Pick<Context, 'backend' | 'onnx' | 'stderr'>): Promise<void> {
  await loadBackend(backend);
  const { name, why } = await useBackend(backend as BackendName, onnx && { onnx });
  stderr.write(`backend: ${why}\n`);
  // Of an onnx that is installed and fails `why` tells.
  if (backend === 'auto' && name !== 'onnx' && !why.includes('onnx did not start')) {
    stderr.write(`faster: npm install --ignore-scripts onnxruntime-node@${peerDependencies['onnxruntime-node']}\n`);
  }
}
