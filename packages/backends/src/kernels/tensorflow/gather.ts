import { GatherV2, util } from '@tensorflow/tfjs-core';
import { onTensorflow } from './on-tensorflow';

/** An axis counted from the last, which tfjs-node takes for one that has no size. */
export const gather = onTensorflow(GatherV2, ['no-negative-axis'], (call, stock) => {
  const [axis] = util.parseAxisParam(call.attrs.axis as number, call.inputs.x.shape);
  return stock({ ...call, attrs: { ...call.attrs, axis } });
});
