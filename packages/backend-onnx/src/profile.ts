import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backend, getBackend } from '@tensorflow/tfjs-core';
import type { OnnxBackend } from './onnx-backend';
import { loadRuntime, type Runtime, type RuntimeSession } from './runtime';

/** The time of one kernel of TensorFlow.js in a {@link Profile}. */
export interface KernelTime {
  /**
   * As TensorFlow.js names it; `Name (cpu)` where it ran on the cpu backend's kernel; `onnx Name` for an operator that ONNX
   * Runtime put in; `results` for what brings results into the order of their shapes.
   */
  kernel: string;
  /** How often it ran. */
  calls: number;
  /** Milliseconds of its operators. One that is fused into another counts there. */
  ms: number;
  /** Of the milliseconds of all. */
  share: number;
}

/** Where the time of a program goes on the onnx backend; see {@link profile}. */
export interface Profile {
  /** The slowest first. */
  kernels: KernelTime[];
  /** Milliseconds of the whole body, `compileMs` left out. */
  ms: number;
  /** Milliseconds inside ONNX Runtime when graphs were run, of those; the rest records kernels and copies values. */
  runMs: number;
  /** Milliseconds in which graphs were compiled. */
  compileMs: number;
  /** Graphs compiled. */
  compiled: number;
  /** Graphs run. */
  runs: number;
}

/**
 * Runs a body on the onnx backend and tells which kernels of TensorFlow.js take its time.
 *
 * Graphs are compiled anew for it, and operators are timed by ONNX Runtime, which costs some time itself. Take a body that
 * repeats a step some times: the first run of a graph is slower.
 *
 * @param body what to profile; it may read values, and what it leaves pending runs at its end
 * @throws Error where the current backend is not onnx
 * @example
 * const { kernels } = await profile(async () => {
 *   for (let i = 0; i < 10; i++) await step();
 * });
 * console.table(kernels);
 */
export async function profile(body: () => unknown): Promise<Profile> {
  if (getBackend() !== 'onnx') throw new Error(`profile: the current backend must be onnx, got ${getBackend()}`);
  const onnx = backend() as OnnxBackend;
  const folder = mkdtempSync(join(tmpdir(), 'agoge-profile-'));
  const times = new Times();
  try {
    await onnx.flush();
    const before = onnx.report();
    onnx.onFallback = (kernel, ms) => times.add(`${kernel} (cpu)`, ms, 1);
    const wall = await onnx.runOn(
      (options) => timing(loadRuntime(options, join(folder, 'graph')), times),
      async () => {
        const start = performance.now();
        await body();
        await onnx.flush();
        return performance.now() - start;
      },
    );
    const after = onnx.report();
    const compileMs = after.compileMs - before.compileMs;
    return {
      kernels: times.rows(),
      ms: wall - compileMs,
      runMs: after.runMs - before.runMs,
      compileMs,
      compiled: after.compiled - before.compiled,
      runs: after.runs - before.runs,
    };
  } finally {
    onnx.onFallback = undefined;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts calls and adds up milliseconds, by kernel. */
class Times {
  private readonly of = new Map<string, { calls: number; ms: number }>();

  add(kernel: string, ms: number, calls: number): void {
    const sum = this.of.get(kernel) ?? { calls: 0, ms: 0 };
    this.of.set(kernel, { calls: sum.calls + calls, ms: sum.ms + ms });
  }

  rows(): KernelTime[] {
    const all = [...this.of].map(([kernel, sum]) => ({ kernel, ...sum }));
    const total = all.reduce((ms, each) => ms + each.ms, 0) || 1;
    return all.map((each) => ({ ...each, share: each.ms / total })).sort((a, b) => b.ms - a.ms);
  }
}

/** A runtime whose sessions tell their times when they are disposed of. */
function timing(runtime: Runtime, times: Times): Runtime {
  return {
    ...runtime,
    session(model, kernels) {
      const session = runtime.session(model, kernels);
      let runs = 0;
      const timed: RuntimeSession = {
        run(...given) {
          runs++;
          return session.run(...given);
        },
        endProfiling: () => session.endProfiling(),
        dispose() {
          const events = JSON.parse(readFileSync(session.endProfiling(), 'utf8')) as ProfileEvent[];
          session.dispose();
          for (const each of kernels) times.add(each, 0, runs);
          for (const each of events) {
            if (each.cat === 'Node' && each.name.endsWith(suffix)) addEvent(times, each);
          }
        },
      };
      return timed;
    },
  };
}

/** What is read of an event in ONNX Runtime's profile. */
interface ProfileEvent {
  cat: string;
  /** Of an operator: its name in the graph and this suffix. */
  name: string;
  /** Microseconds. */
  dur: number;
  args: { op_name: string };
}
const suffix = '_kernel_time';

/** Operators and results are named after their kernel, `Relu/17`; what ONNX Runtime makes of them keeps that in its name. */
function addEvent(times: Times, { name, dur, args }: ProfileEvent): void {
  const own = /(\w+)\/\d+/.exec(name)?.[1];
  times.add(own ?? `onnx ${args.op_name}`, dur / 1000, own === undefined || own === 'results' ? 1 : 0);
}
