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
  const { create, globals } = await import('webgpu').catch((cause) => {
    throw new Unavailable('it needs the package webgpu: npm install webgpu', { cause });
  });
  instance ??= { gpu: create([]), globals: { ...globals } };
  return instance;
}
