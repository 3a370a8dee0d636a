export type { DoctorOptions } from './node/doctor';
export { doctor } from './node/doctor';
export { doctorCommand } from './node/doctor-command';
