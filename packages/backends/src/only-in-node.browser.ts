import type { Dawn } from './starts/dawn';
import { type Start, Unavailable } from './starts/start';

const inNodeOnly: Start = async () => {
  throw new Unavailable('it runs in Node only');
};

export { inNodeOnly as onnx, inNodeOnly as tensorflow };

export async function dawn(): Promise<Dawn> {
  throw new Unavailable('this browser has no WebGPU');
}
