import { backend, memory, setBackend } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { OnnxBackend } from '../src/index';

/** What a program found: lists of numbers by name. */
export type Found = Record<string, ArrayLike<number>>;

export const onnx = () => backend() as OnnxBackend;

/**
 * Runs a program on the cpu backend and on onnx, and expects the same numbers within a share of each list's largest; on onnx
 * no tensor may be left that cpu does not leave, and no kernel may run on cpu's but those named.
 *
 * @returns what onnx found
 */
export async function onBoth(
  program: () => Promise<Found>,
  { within = 1e-4, onCpu = [] as readonly string[] } = {},
): Promise<Found> {
  const run = async (name: string) => {
    await setBackend(name);
    const before = memory().numTensors;
    const found = await program();
    return { found, left: memory().numTensors - before };
  };
  const cpu = await run('cpu');
  await setBackend('onnx');
  const before = onnx().report().fallbacks;
  const own = await run('onnx');
  const fallbacks = onnx().report().fallbacks;
  const more = Object.keys(fallbacks).filter((kernel) => fallbacks[kernel] !== before[kernel]);
  expect(more.filter((kernel) => !onCpu.includes(kernel))).toEqual([]);
  expect(own.left).toBe(cpu.left);
  expect(Object.keys(own.found)).toEqual(Object.keys(cpu.found));
  for (const [name, expected] of Object.entries(cpu.found)) {
    const actual = own.found[name];
    expect(actual.length, name).toBe(expected.length);
    const largest = Math.max(1e-3, ...Array.from(expected, Math.abs));
    const worst = Math.max(...Array.from(expected, (each, i) => Math.abs(each - actual[i])));
    expect(worst / largest, name).toBeLessThan(within);
  }
  return own.found;
}

/** Numbers that look random, the same each time. */
export const noise = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * Math.cos(i * 4.1414 + seed));
