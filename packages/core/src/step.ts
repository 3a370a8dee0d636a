import { backend } from '@tensorflow/tfjs-core';
import type { BackendHooks, Progress, Run } from './contracts';

/** A frame of 60 Hz, in milliseconds: the longest that a page goes without one. */
const frame = 16;
let lastFrame = 0;

/**
 * Ends one iteration of a long loop: lazy backends flush, progress is told, a page gets a frame, an abort takes effect.
 *
 * @param run the loop's reins
 * @param progress what is done; left out where there is nothing new to say
 * @throws the signal's reason, once aborted
 */
export async function step(
  { signal, onProgress }: Pick<Run, 'signal' | 'onProgress'>,
  progress?: Progress,
): Promise<void> {
  await (backend() as BackendHooks).flush?.();
  if (progress) onProgress?.(progress);
  await turn();
  signal?.throwIfAborted();
}

/** Lets the event loop turn once, and a visible page draw once a frame. */
async function turn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  const visible = typeof document !== 'undefined' && document.visibilityState === 'visible';
  if (visible && performance.now() - lastFrame > frame) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    lastFrame = performance.now();
    return;
  }
  // A message is a task of its own and, unlike a timer, is not held back to 4 ms.
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  port1.close();
}
