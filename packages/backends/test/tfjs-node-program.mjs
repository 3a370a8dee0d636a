// Run by tensorflow.test.ts in a project with a stand-in for tfjs-node: starts a backend, differentiates a convolution, and
// prints what came of it as JSON.
import { conv2d, engine, getBackend, grad, ones, sum, Tensor, tensor4d } from '@tensorflow/tfjs-core';

// The bundle that the test has put beside this file.
const { useBackend } = await import(new URL('backends.mjs', import.meta.url).href);

const outcome = {};
try {
  Object.assign(outcome, await useBackend(process.argv[2]));
  const filter = tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
  const gradient = grad((x) => sum(conv2d(x, filter, 1, 'valid')))(ones([1, 3, 3, 1]));
  outcome.gradient = Array.from(await gradient.data());
  outcome.isTensor = gradient instanceof Tensor;
  outcome.ranOn = engine().backendName;
} catch (error) {
  outcome.error = error.message;
}
console.log(JSON.stringify({ ...outcome, current: getBackend() }));
