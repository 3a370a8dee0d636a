import { serveJobs } from '../../scale-out/serve-jobs';
import type { Context } from '../terminal';

/** `agoge job`, which `--workers` starts. */
export async function job({ signal, stderr }: Context): Promise<void> {
  await serveJobs(signal, stderr);
}
