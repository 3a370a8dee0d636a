import { type BackendName, useBackend } from '@agoge/backends';
import type { Context } from './terminal';

/** Starts the backend that the user chose, and says on stderr which runs and why. */
export async function startBackend({ backend, stderr }: Pick<Context, 'backend' | 'stderr'>): Promise<void> {
  const { why } = await useBackend(backend as BackendName);
  stderr.write(`backend: ${why}\n`);
}
