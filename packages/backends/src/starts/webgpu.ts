import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { engine, env, findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { dawn } from '#only-in-node';
import { guardReads, type Trouble } from '../guard-reads';
import { orAbsent } from './absent';
import { activate, type Start, type Started, Unavailable } from './start';

interface Running extends Started {
  readonly trouble: Trouble;
  /** Why `auto` passes over it. */
  readonly slow?: string;
}
// By backend, so that one that runs is not opened again, and one that is lost is.
const running = new WeakMap<object, Running>();

/**
 * The webgpu backend on a device of our own: that of TensorFlow.js 4.22 asks for a feature in a form that only browsers take.
 * Browsers have WebGPU; in Node the package `webgpu` brings it, for GPUs with a Vulkan, Metal or Direct3D 12 driver.
 */
export const webgpu: Start = async ({ repair }, asked) => {
  const registered = findBackendFactory('webgpu');
  // Which brings its flags.
  await import('@tensorflow/tfjs-backend-webgpu').catch(orAbsent('@tensorflow/tfjs-backend-webgpu'));
  // And a backend, which TensorFlow.js would take before every one that runs where ours does not start.
  if (!registered && findBackendFactory('webgpu')) removeBackend('webgpu');
  // Of its two programs for the input gradient of a convolution the backend takes the naive one unless told.
  if (repair !== false) env().set('WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE', false);
  const current = engine().registry.webgpu;
  const before =
    current &&
    (running.get(current) ?? { form: 'webgpu (already running)', trouble: { words: async () => undefined } });
  if (before && (await before.trouble.words()) === undefined) {
    if (asked === 'automatically' && before.slow) throw new Unavailable(before.slow);
    await activate('webgpu');
    return before;
  }
  return begin(asked);
};

async function begin(asked: Parameters<Start>[1]): Promise<Running> {
  const inBrowser: GPU | undefined = globalThis.navigator?.gpu;
  const { gpu, globals } = inBrowser ? { gpu: inBrowser, globals: {} } : await dawn();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Unavailable(`there is no GPU that it can use${inBrowser ? '' : noDriver}`);
  const slow = adapter.info.isFallbackAdapter ? `${named(adapter.info)} is no GPU but a program, slower than wasm` : '';
  if (asked === 'automatically' && slow) throw new Unavailable(slow);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const device = await open(adapter);
  provide(globals);
  const backend = withNavigator(gpu, () => new WebGPUBackend(device, adapter.info));
  const trouble = watch(device);
  guardReads(backend, 'webgpu', trouble);
  if (findBackendFactory('webgpu')) removeBackend('webgpu');
  registerBackend('webgpu', () => backend, 3);
  await activate('webgpu');
  const started = {
    form: `webgpu (${inBrowser ? '' : 'Dawn in Node, '}${named(adapter.info)})`,
    trouble,
    slow,
    async close() {
      if (engine().registry.webgpu === backend) removeBackend('webgpu');
      device.destroy();
    },
  };
  running.set(backend, started);
  return started;
}

const noDriver =
  '; in Node it takes a Vulkan 1.1 driver (on Linux libvulkan1 and the driver of the GPU; VK_DRIVER_FILES names another), Metal or Direct3D 12';

const named = ({ vendor, architecture }: GPUAdapterInfo) => [vendor, architecture].filter(Boolean).join(' ') || 'a GPU';

/** Sets those names that the backend reads when it runs, where the global object has them not. */
function provide(globals: Readonly<Record<string, unknown>>): void {
  for (const name of ['GPUBuffer', 'GPUTexture', 'GPUBufferUsage', 'GPUTextureUsage', 'GPUMapMode', 'GPUShaderStage']) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { value: globals[name], configurable: true, writable: true });
  }
}

const limits = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
] as const;

/** A device with all that the adapter has of what the backend can use. */
async function open(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  });
}

const kinds = ['validation', 'out-of-memory', 'internal'] as const;

/** Collects what a device refuses. It tells by scopes: what was asked of it within one has its errors when that one closes. */
function watch(device: GPUDevice): Trouble {
  let refused: string | undefined;
  let lost: string | undefined;
  void device.lost.then(({ reason, message }) => {
    lost = reason === 'destroyed' ? 'the backend is closed' : `the GPU is lost: ${message}`;
  });
  const open = () => {
    for (const kind of kinds) device.pushErrorScope(kind);
  };
  open();
  return {
    async words() {
      const closed = kinds.map(() => device.popErrorScope().catch(() => null)); // refused where the device is lost
      open();
      for (const error of await Promise.all(closed)) {
        if (error) refused ??= `the GPU refused a command: ${error.message.split('\n')[0]}`;
      }
      return lost ?? refused;
    },
    forget: () => {
      refused = undefined;
    },
  };
}

/** The constructor asks whether `navigator.gpu` is there, and for nothing else of it. */
function withNavigator(gpu: GPU, construct: () => WebGPUBackend): WebGPUBackend {
  if (globalThis.navigator?.gpu) return construct();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  try {
    return construct();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else Reflect.deleteProperty(globalThis, 'navigator');
  }
}
