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

/**
 * What one part of some is given for its `onProgress`, so that the progress of the whole is told.
 *
 * @param onProgress of the whole
 * @param number of the part, from 0
 * @param count of parts
 * @returns tells `count` as the total and `number` plus the part's share as done; not the seconds left, which are the part's own
 */
export function partOf(onProgress: Run['onProgress'], number: number, count: number): Run['onProgress'] {
  return (
    onProgress &&
    (({ done, total, note }) =>
      onProgress({
        done: number + Math.min(done / Math.max(total, 1), 1),
        total: count,
        ...(note !== undefined && { note }),
      }))
  );
}

/**
 * Begins to time a loop that is at `from` of `total`.
 *
 * @returns tells, of what is done by now, how many seconds the rest takes at the pace since then; undefined as long as there is none
 */
export function stopwatch(from: number, total: number): (done: number) => number | undefined {
  const began = performance.now();
  return (done) => (done > from ? ((performance.now() - began) / 1000 / (done - from)) * (total - done) : undefined);
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
