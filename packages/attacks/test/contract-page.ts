import { type BackendName, useBackend } from '@agoge/backends';

/** Starts a backend; why it did not, where it did not. */
export async function start(name: BackendName): Promise<{ isRunning: boolean; why: string }> {
  return useBackend(name, { wasmPaths: '/wasm/' }).then(
    ({ why }) => ({ isRunning: true, why }),
    ({ message }: Error) => ({ isRunning: false, why: message }),
  );
}

/** What the attacks of some rows do not keep of the contract on the backend that runs. */
export async function findings(rows: readonly number[]): Promise<string[]> {
  // Loaded once a backend runs, for its tensors.
  const contract = await import('./contract');
  return contract.findings(rows);
}
