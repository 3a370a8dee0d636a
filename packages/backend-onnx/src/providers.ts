import { encodeModel } from './model-proto';
import type { OnnxOptions } from './options';
import { loadRuntime } from './runtime';

/**
 * Asks the runtime for each execution provider and has it run a model of one operator: what ONNX Runtime has by name may still
 * lack its library or its device.
 *
 * @throws Error for one that the runtime lacks, or that does not run, with its reason
 */
export function checkProviders(options: OnnxOptions): void {
  for (const name of options.providers) {
    if (name === 'cpu') continue;
    const runtime = loadRuntime({ ...options, providers: [name] });
    const known = runtime.providers.find((each) => each.name === name);
    if (!known) {
      const names = runtime.providers.map((each) => each.name).join(', ');
      throw new Error(`configureOnnx: providers: this onnxruntime-node has ${names}; got "${name}"`);
    }
    try {
      const session = runtime.session(model(), ['Relu']);
      session.run({ x: runtime.tensor('float32', Float32Array.of(-1, 2), [2]) }, { y: null }, {});
      session.dispose();
    } catch (cause) {
      const advice = known.bundled
        ? ''
        : `; its library is not in the package: ${librariesOf[name] ?? 'see its documentation'}`;
      throw new Error(`configureOnnx: providers: "${name}" does not start: ${reasonOf(cause as Error)}${advice}`, {
        cause,
      });
    }
  }
}

const librariesOf: Readonly<Record<string, string>> = {
  cuda: "the package's install script fetches it (npm rebuild onnxruntime-node), for CUDA 12 with cuDNN 9",
};

function model(): Uint8Array {
  const [x, y] = ['x', 'y'].map((name) => ({ name, type: 'float32' as const, shape: [2] }));
  const node = { op: 'Relu', inputs: ['x'], outputs: ['y'], attributes: {}, domain: '' };
  return encodeModel({ nodes: [node], inputs: [x], outputs: [y], initializers: [] });
}

/** On one line, without the place in ONNX Runtime's source and the condition that did not hold. */
const reasonOf = ({ message }: Error): string =>
  message
    .split('\n')[0]
    .replace(/^\/.* was false\. /, '')
    .trim();
