import type { BackendName } from '@agoge/backends';
import { doctor } from '@agoge/backends/node';
import { loadBackend } from '../backend';
import type { Context } from '../terminal';

export interface DoctorCommand {
  kernel?: string[];
  repair: boolean;
  speed: boolean;
  json?: boolean;
}

/** `agoge doctor`; exits with 1 on a fault. */
export async function runDoctor(
  { kernel, ...options }: DoctorCommand,
  { backend, signal, stdout, setExitCode }: Context,
): Promise<void> {
  await loadBackend(backend);
  const sound = await doctor(
    { ...options, backend: backend as BackendName, ...(kernel && { kernels: kernel }), signal },
    stdout,
  );
  setExitCode(sound ? 0 : 1);
}
