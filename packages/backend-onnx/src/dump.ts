import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Runtime } from './runtime';

/**
 * A runtime that writes each model to a folder before it compiles it: one that does not compile is there to be looked at.
 *
 * A file appears whole or not at all, and its name says which model it is in turn, of how many kernels, of which most, and
 * begins the SHA-256 of its bytes.
 *
 * @throws Error for a folder that cannot be written to
 */
export function dumping(runtime: Runtime, folder: string): Runtime {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const reason = (cause as Error).message.split(',')[0];
    throw new Error(`configureOnnx: dump must be a folder that can be written to, got "${folder}" (${reason})`, {
      cause,
    });
  }
  let models = 0;
  return {
    ...runtime,
    session(model, kernels) {
      models++;
      const hash = createHash('sha256').update(model).digest('hex').slice(0, 8);
      const count = `${kernels.length}-kernel${kernels.length === 1 ? '' : 's'}`;
      const name = [String(models).padStart(4, '0'), count, ...frequent(kernels, 3), hash].join('-');
      write(resolve(folder), `${name}.onnx`, model);
      return runtime.session(model, kernels);
    },
  };
}

/** The names that occur most, those that come first before others as frequent. */
function frequent(names: readonly string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const each of names) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name]) => name);
}

function write(folder: string, name: string, bytes: Uint8Array): void {
  const temporary = join(folder, `.${name}.${process.pid}`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, join(folder, name));
}
