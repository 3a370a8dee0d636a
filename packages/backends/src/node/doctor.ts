import { arch, cpus, loadavg, platform } from 'node:os';
import { arrayOf, boolean, checkOptions, object, type Rules, runRules, string } from '@agoge/core';
import { version_core as tfjs } from '@tensorflow/tfjs-core';
import { casesByKernel, checkKernels, type KernelReport } from '../conformance/check-kernels';
import { type KernelSpeed, measureKernels } from '../conformance/measure-kernels';
import { count, kernelLines, speedLine, summaryLine } from '../conformance/report-lines';
import { workloads } from '../conformance/workloads';
import { type BackendName, useBackend } from '../use-backend';
import type { OnnxSettings } from '../use-backend-options';
import { renewWasm } from './renew-wasm';

export interface DoctorOptions {
  /** Default `auto`: the fastest that starts. */
  backend?: BackendName;
  /** How the onnx backend runs; `auto` is onnx then. */
  onnx?: OnnxSettings;
  /** Whether the backend is repaired first; default true. `false` checks it as TensorFlow.js ships it. */
  repair?: boolean;
  /** Default: every kernel that the suite has cases of. */
  kernels?: readonly string[];
  /** Whether its speed is measured too; default true. */
  speed?: boolean;
  /** One JSON object in place of the text; an error that is not finite stands in it as the text `"Infinity"`. */
  json?: boolean;
  signal?: AbortSignal;
}

const rules: Rules = {
  backend: string,
  onnx: object,
  repair: boolean,
  kernels: arrayOf(string),
  speed: boolean,
  json: boolean,
  signal: runRules.signal,
};

/**
 * Starts a backend, checks its kernels ({@link checkKernels}), measures their speed ({@link measureKernels}) and writes what it
 * finds as it goes: a line per kernel with its failures below, a table of speeds, a summary. It wants a process of its own:
 * after a faulty kernel wasm is started anew, and tensors that it held are lost.
 *
 * @param out where it writes
 * @returns whether every kernel conforms
 * @throws what {@link useBackend} throws where the backend does not start, TypeError for an unknown option or kernel
 */
export async function doctor(options: DoctorOptions, out: { write(text: string): unknown }): Promise<boolean> {
  checkOptions('doctor', options, rules);
  const { backend = 'auto', onnx, repair = true, kernels, speed = true, json = false, signal } = options;
  const names = [...casesByKernel(kernels).keys()];
  const load = loadavg()[0];
  const { name, why, close } = await useBackend(onnx && backend === 'auto' ? 'onnx' : backend, {
    repair,
    ...(onnx && { onnx }),
  });
  const say = (text: string) => {
    if (!json) out.write(text);
  };
  try {
    const processor = { model: cpus()[0]?.model.trim() ?? 'unknown', count: cpus().length, load };
    const environment = { tfjs, node: process.versions.node, platform: `${platform()} ${arch()}`, processor };
    say(header({ why, repair, ...environment }));

    const start = performance.now();
    const width = Math.max(...[...names, ...workloads.map(({ kernel }) => kernel)].map(({ length }) => length));
    const onKernel = async (report: KernelReport) => {
      say(kernelLines(report, width));
      if (report.verdict === 'faulty') await renewWasm();
    };
    const reports = await checkKernels({ kernels: names, onKernel, ...(signal && { signal }) });
    const seconds = (performance.now() - start) / 1000;

    let speeds: KernelSpeed[] | null = null;
    if (speed) {
      say('\n');
      speeds = await measureKernels({ onKernel: (each) => say(speedLine(each, width)), ...(signal && { signal }) });
    }

    say(`\n${summaryLine(reports, seconds)}`);
    if (onnx?.dump !== undefined) say(`models: ${onnx.dump}\n`);
    const found = count(reports);
    const finite = (_: string, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value);
    const whole = { backend: name, why, repaired: repair, ...environment, ...found, seconds, kernels: reports, speeds };
    if (json) out.write(`${JSON.stringify(whole, finite)}\n`);
    return found.faulty + found.missing === 0;
  } finally {
    await close?.();
  }
}

interface Environment {
  why: string;
  repair: boolean;
  tfjs: string;
  node: string;
  platform: string;
  processor: { model: string; count: number; load: number };
}

function header({ why, repair, tfjs, node, platform, processor: { model, count, load } }: Environment): string {
  return [
    `backend: ${why}; ${repair ? 'repaired' : 'not repaired'}`,
    `TensorFlow.js ${tfjs}, Node ${node}, ${platform}, ${count} x ${model}, load ${load.toFixed(2)}`,
    '\n',
  ].join('\n');
}
