import { isAbsent } from './absent';
import { Unavailable } from './start';

/** WebGPU, and the names that a browser would have with it. */
export interface Dawn {
  readonly gpu: GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

// Kept for good: Dawn ends with its object, and a device that is still at work then crashes the process.
let instance: Dawn | undefined;

/** WebGPU in Node, by the package `webgpu` (Dawn). */
export async function dawn(): Promise<Dawn> {
  // By a name in a variable, for bundlers to leave it alone: it looks for its binary beside itself.
  const name = 'webgpu';
  const { create, globals }: typeof import('webgpu') = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ name
  ).catch((cause) => {
    if (isAbsent(name, cause)) throw new Unavailable('it needs the package webgpu: npm install webgpu', { cause });
    throw new Error(`the package webgpu is installed but does not load: ${String(cause.message).split('\n')[0]}`, {
      cause,
    });
  });
  instance ??= { gpu: create([]), globals: { ...globals } };
  return instance;
}
