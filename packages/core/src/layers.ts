export { copyLayer } from './layers/copy-layer';
export type { PlannedNetwork } from './layers/rebuild-network';
export { rebuildNetwork } from './layers/rebuild-network';
export { uniqueNames } from './layers/unique-names';
