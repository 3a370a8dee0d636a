import { totalmem } from 'node:os';
import { engine } from '@tensorflow/tfjs-core';
import { coresOfProcess } from './cores-of-process';
import type { OnnxBackend } from './onnx-backend';

/** How the backend runs; see {@link configureOnnx}. */
export interface OnnxOptions {
  /** Threads of one operator. Default 0: as many as the process has physical cores. */
  threads: number;
  /**
   * Execution providers of ONNX Runtime, the first that can run an operator runs it: `cpu`; `cuda`, `webgpu`, `coreml`, `dml`
   * where the runtime has them. One that it lacks, or that does not load, is an error when the backend starts. Default `['cpu']`.
   */
  providers: readonly string[];
  /** How many compiled graphs are kept, the least recently used goes first. Default 64. */
  cacheSize: number;
  /**
   * How many bytes the compiled graphs that are kept take about: each holds the memory of its intermediate results. The least
   * recently used goes first, the last stays. Default a quarter of what the process may have.
   */
  cacheBytes: number;
  /** A folder to which each model is written before it is compiled, as `0001-3-kernels-Relu-Square-Sum-1a2b3c4d.onnx`. Default none. */
  dump?: string;
  /** Told of each model before it is compiled, as bytes of an .onnx file. Default none. */
  onModel?(model: Uint8Array): void;
}

const defaults: OnnxOptions = {
  threads: 0,
  providers: ['cpu'],
  cacheSize: 64,
  cacheBytes: Math.floor(memoryOfProcess() / 4),
};
let options = defaults;

/**
 * Sets how the onnx backend runs: when it starts, or from here on where it runs already, which compiles its graphs anew. What is
 * not given stays as it is.
 *
 * @throws TypeError for an unknown option or one of the wrong kind, RangeError for a number out of range; where the backend
 * runs, Error for a provider or a folder that is not to be had, and it goes on as before
 * @example
 * configureOnnx({ threads: 2 });
 * await setBackend('onnx');
 */
export function configureOnnx(changed: Partial<OnnxOptions>): void {
  const given = Object.entries(changed).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const rule = Object.hasOwn(rules, name) && rules[name as keyof OnnxOptions];
    if (!rule)
      throw new TypeError(`configureOnnx: unknown option "${name}"; there are ${Object.keys(rules).join(', ')}`);
    if (!rule.test(value)) {
      const Kind = rule.range && typeof value === 'number' ? RangeError : TypeError;
      throw new Kind(`configureOnnx: ${name} must be ${rule.expected}, got ${show(value)}`);
    }
  }
  const next = { ...options, ...Object.fromEntries(given) };
  (engine().registry.onnx as OnnxBackend | undefined)?.configure(told(next));
  options = next;
}

/** Bytes: of the machine, or as many as a container leaves. */
function memoryOfProcess(): number {
  const limit = process.constrainedMemory();
  return limit ? Math.min(limit, totalmem()) : totalmem();
}

/** Sets options for an attempt, and those before again where it fails. */
export function tryOptions(changed: Partial<OnnxOptions>, attempt: () => void): void {
  const before = options;
  configureOnnx(changed);
  try {
    attempt();
  } catch (error) {
    options = before;
    throw error;
  }
}

/** With the number of threads told. */
const told = (each: OnnxOptions): OnnxOptions => ({ ...each, threads: each.threads || coresOfProcess() });

export const currentOptions = (): OnnxOptions => told(options);

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const whole = (least: number) => ({
  expected: `a whole number >= ${least}`,
  test: (value: unknown) => Number.isInteger(value) && (value as number) >= least,
  range: true,
});
const rules: Record<keyof OnnxOptions, { expected: string; test(value: unknown): boolean; range?: boolean }> = {
  threads: whole(0),
  providers: {
    expected: 'a list of names of execution providers',
    test: (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
  },
  cacheSize: whole(1),
  cacheBytes: whole(1),
  dump: { expected: 'the path of a folder', test: (value) => typeof value === 'string' && value !== '' },
  onModel: { expected: 'a function', test: (value) => typeof value === 'function' },
};
