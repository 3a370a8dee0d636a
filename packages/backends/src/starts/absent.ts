import { version_core as tfjs } from '@tensorflow/tfjs-core';
import { Unavailable } from './start';

/** Whether an import failed because the package itself is not there: Node has a code for that, Vite an error in its place. */
export function isAbsent(name: string, cause: unknown): boolean {
  const { code, message } = cause as { code?: string; message: string };
  return (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)) || message.includes(`resolve "${name}"`);
}

/** For the `catch` of the import of an optional tfjs package: one that is not there is {@link Unavailable}; what else fails fails. */
export const orAbsent =
  (name: string) =>
  (cause: unknown): never => {
    throw isAbsent(name, cause) ? new Unavailable(`it needs ${name}: npm install ${name}@${tfjs}`, { cause }) : cause;
  };
