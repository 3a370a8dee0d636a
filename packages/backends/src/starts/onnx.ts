import { type Start, Unavailable } from './start';

export const onnx: Start = async () => {
  throw new Unavailable('it needs @agoge/backend-onnx, which this version does not know');
};
