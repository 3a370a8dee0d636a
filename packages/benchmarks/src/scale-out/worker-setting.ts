/** What the processes of a worker are told, by their environment: BullMQ starts them. */
export interface WorkerSetting {
  queue: string;
  store?: string;
  cache: string;
  modules: boolean;
}
/** The variable that holds it. */
export const settingName = 'AGOGE_WORKER';
