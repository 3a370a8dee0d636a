export { crossEntropy, dlr, dlrTargeted, margin } from './losses';
export type { ProjectedAscentOptions } from './projected-ascent';
export { projectedAscent } from './projected-ascent';
