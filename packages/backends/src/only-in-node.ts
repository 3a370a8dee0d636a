/**
 * What loads packages that only Node has, by names that no bundler follows. Bundles for browsers get
 * `only-in-node.browser.ts` in its place (`imports` in package.json).
 */
export { dawn } from './starts/dawn';
export { onnx } from './starts/onnx';
export { tensorflow } from './starts/tensorflow';
