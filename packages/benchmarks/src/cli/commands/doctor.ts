import type { BackendName } from '@agoge/backends';
import { doctor } from '@agoge/backends/node';
import { loadBackend } from '../backend';
import type { Context } from '../terminal';

export interface DoctorCommand {
  kernel?: string[];
  dump?: string;
  repair: boolean;
  speed: boolean;
  json?: boolean;
}

/** `agoge doctor`; exits with 1 on a fault. */
export async function runDoctor(
  { kernel, dump, ...options }: DoctorCommand,
  { backend, onnx, signal, stdout, setExitCode }: Context,
): Promise<void> {
  await loadBackend(backend);
  const sound = await doctor(
    {
      ...options,
      backend: backend as BackendName,
      ...((onnx || dump !== undefined) && { onnx: { ...onnx, ...(dump !== undefined && { dump }) } }),
      ...(kernel && { kernels: kernel }),
      signal,
    },
    stdout,
  );
  setExitCode(sound ? 0 : 1);
}
