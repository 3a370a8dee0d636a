import { type BackendName, useBackend } from '@agoge/backends';
import type { Context } from './terminal';

/** Registers the onnx backend for who asks for it: programs of ours find its package from here. */
export async function loadBackend(backend: string): Promise<void> {
  if (backend === 'onnx') await import('@agoge/backend-onnx');
}

/** Starts the backend that the user chose, and says on stderr which runs and why. */
export async function startBackend({ backend, stderr }: Pick<Context, 'backend' | 'stderr'>): Promise<void> {
  await loadBackend(backend);
  const { why } = await useBackend(backend as BackendName);
  stderr.write(`backend: ${why}\n`);
}
