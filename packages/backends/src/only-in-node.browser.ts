import type { Dawn } from './starts/dawn';
import { type Start, Unavailable } from './starts/start';

export const tensorflow: Start = async () => {
  throw new Unavailable('it runs in Node only');
};

export async function dawn(): Promise<Dawn> {
  throw new Unavailable('this browser has no WebGPU');
}
