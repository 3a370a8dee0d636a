import { env, getBackend } from '@tensorflow/tfjs-core';

const forwarding: Readonly<Record<string, string>> = { webgl: 'WEBGL_CPU_FORWARD', webgpu: 'WEBGPU_CPU_FORWARD' };

/**
 * Runs a synchronous body with every kernel on the device.
 *
 * The GPU backends of TensorFlow.js compute small tensors, as those of the cases are, on the CPU unless told.
 */
export function onTheDevice<T>(body: () => T): T {
  const flag = forwarding[getBackend()];
  if (flag === undefined) return body();
  const before = env().getBool(flag);
  env().set(flag, false);
  try {
    return body();
  } finally {
    env().set(flag, before);
  }
}
