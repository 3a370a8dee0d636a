export type { RepairedFault } from './repair-backend';
export { repairBackend } from './repair-backend';
export type { BackendChoice, BackendName, UseBackendOptions } from './use-backend';
export { useBackend } from './use-backend';
