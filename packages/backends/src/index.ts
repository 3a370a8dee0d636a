export type { RepairedFault } from './repair-backend';
export { repairBackend } from './repair-backend';
export type { BackendChoice, BackendName } from './use-backend';
export { useBackend } from './use-backend';
export type { OnnxSettings, UseBackendOptions } from './use-backend-options';
