// Stands in for tfjs-node in tests: CommonJS, loads its own tfjs, calls what Node 23 took away from `util` when a kernel runs,
// and registers `tensorflow` with the kernels of cpu. STAND_IN, as JSON: `version` of itself, `refuses` to load with this
// message, `copy`: its tfjs is not the program's.
const util = require('node:util');
const { version = '4.22.0', refuses, copy } = JSON.parse(process.env.STAND_IN ?? '{}');

if (copy) {
  for (const file of Object.keys(require.cache)) if (file.includes('tfjs-')) delete require.cache[file];
}
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-layers');
const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu');

for (const config of tf.getKernelsForBackend('cpu')) {
  const kernelFunc = (call) => {
    if (util.isNullOrUndefined(call.inputs) || util.isArray(call.inputs))
      throw new Error('Invalid input tensors value.');
    return config.kernelFunc(call);
  };
  tf.registerKernel({ ...config, backendName: 'tensorflow', kernelFunc });
}
if (refuses) throw new Error(refuses);

class NodeJSKernelBackend extends MathBackendCPU {
  binding = { TF_Version: '2.9.1' };
  isGPUPackage = __dirname.endsWith('-gpu');
  isUsingGpuDevice = false;
}
exports.version = { 'tfjs-core': tf.version_core, 'tfjs-node': version };
tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(), 3);
tf.setBackend('tensorflow');
