import { blockedDomain } from './lowering';
import { encodeModel } from './model-proto';
import type { Runtime } from './runtime';

const channels = 16;
const pixels = 2;
const image = { type: 'float32', shape: [1, channels, 1, pixels] } as const;

/** Of this process: one processor, one runtime. */
let found: number | undefined;

/**
 * How many channels a block of the runtime's blocked convolutions has on this processor: the runtime does not tell, so it is
 * given two pixels of sixteen channels to put into blocks.
 *
 * @returns 8 or 16, or 0 where there are none
 */
export function blockSize(runtime: Omit<Runtime, 'block'>): number {
  found ??= tried(runtime);
  return found;
}

function tried(runtime: Omit<Runtime, 'block'>): number {
  const model = encodeModel({
    nodes: [{ op: 'ReorderInput', inputs: ['x'], outputs: ['y'], attributes: {}, domain: blockedDomain }],
    inputs: [{ name: 'x', ...image }],
    outputs: [{ name: 'y', ...image }],
    initializers: [],
  });
  // The second pixel of channel 0, which comes first after a block.
  const values = new Float32Array(channels * pixels);
  values[1] = 1;
  try {
    const session = runtime.session(model, []);
    const { y } = session.run({ x: runtime.tensor('float32', values, image.shape) }, { y: null }, {});
    session.dispose();
    return Math.max(0, y.data.indexOf(1));
  } catch {
    return 0;
  }
}
