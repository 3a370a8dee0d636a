import {
  getBackend,
  getGradient,
  getKernel,
  type KernelFunc,
  registerGradient,
  registerKernel,
  unregisterGradient,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { GradientRepair, KernelRepair } from './kernel-repair';
import { gradientRepairs } from './kernels/repairs-of-gradients';
import { cpuRepairs } from './kernels/repairs-on-cpu';
import { gpuRepairs } from './kernels/repairs-on-gpus';
import { wasmRepairs } from './kernels/repairs-on-wasm';
import { tensorflowRepairs } from './kernels/tensorflow/repairs';

const repairs: readonly KernelRepair[] = [...cpuRepairs, ...gpuRepairs, ...tensorflowRepairs, ...wasmRepairs];

/** One fault of a stock kernel that is repaired. */
export interface RepairedFault {
  backend: string;
  kernel: string;
  /** What was wrong with it: `missing`, `scalar-loop`, `padding-counted`, ... */
  fault: string;
}

// Through `Symbol.for`, so that a second copy of this package finds the kernels repaired.
const repaired = Symbol.for('@agoge/backends/repaired');

/**
 * Replaces the kernels of TensorFlow.js 4.22 that are missing, silently wrong or needlessly slow on the current backend.
 *
 * On every backend: the gradients that tfjs keeps for all of them, of dilated convolutions, of broadcast operands, of mirrored
 * padding and running sums; where tfjs-layers, which brings the gradients, is loaded later, call again. On `wasm`: the gradients of
 * convolutions, pooling, resizing and `gather`, matrix products whose operands are transposed, batched or reshaped, kernels that
 * lose NaN, types or small numbers, and reductions. On the others what is wrong there: the package's README has the table.
 * Kernels are registered by name for the whole program; calling again changes nothing.
 *
 * @returns the faults that are repaired on the current backend, whichever call repaired them
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * import { setBackend } from '@tensorflow/tfjs-core';
 *
 * await setBackend('wasm');
 * repairBackend().map(({ kernel, fault }) => `${kernel}: ${fault}`); // ['AvgPoolGrad: padding-counted', ...]
 */
export function repairBackend(): RepairedFault[] {
  const backend = getBackend();
  // What onnx does not lower runs on cpu's kernels.
  const on = backend === 'onnx' ? 'cpu' : backend;
  const kernels = repairs.filter((each) => each.backend === on);
  for (const repair of kernels) install(repair);
  const gradients = gradientRepairs.filter(installGradient);
  return [...kernels, ...gradients].flatMap(({ kernel, faults }) =>
    faults.map((fault) => ({ backend, kernel, fault })),
  );
}

function install({ backend, kernel, replace }: KernelRepair): void {
  const stock = getKernel(kernel, backend);
  if (stock && repaired in stock.kernelFunc) return;
  const kernelFunc: KernelFunc = Object.assign(replace(stock?.kernelFunc), { [repaired]: true });
  if (stock) unregisterKernel(kernel, backend);
  // The stock kernel's set-up stays: its function may still be called.
  registerKernel({ ...stock, backendName: backend, kernelName: kernel, kernelFunc });
}

/** Whether the gradient is now repaired: where tfjs-layers is not loaded there are none. */
function installGradient({ kernel, replace }: GradientRepair): boolean {
  const stock = getGradient(kernel);
  if (!stock) return false;
  if (repaired in stock.gradFunc) return true;
  const gradFunc = Object.assign(replace(stock.gradFunc), { [repaired]: true });
  unregisterGradient(kernel);
  registerGradient({ ...stock, gradFunc });
  return true;
}
