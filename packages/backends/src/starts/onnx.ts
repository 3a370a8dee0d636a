import { findBackendFactory } from '@tensorflow/tfjs-core';
import { isAbsent } from './absent';
import { activate, type Start, Unavailable } from './start';

/** ONNX Runtime in Node, by `@agoge/backend-onnx`, which registers the backend; in this version for who asks for it by name. */
export const onnx: Start = async (_, asked) => {
  if (asked === 'automatically') throw new Unavailable('it is taken by name only in this version');
  if (!findBackendFactory('onnx')) {
    // By a name in a variable, for bundlers to leave it alone; in programs that do not find it from here, import it first.
    const name = '@agoge/backend-onnx';
    await import(/* webpackIgnore: true */ /* @vite-ignore */ name).catch((cause) => {
      if (!isAbsent(name, cause)) throw cause;
      throw new Unavailable(`it needs ${name}: install it with onnxruntime-node, and import it`, { cause });
    });
  }
  await activate('onnx');
  return { form: 'onnx (ONNX Runtime)' };
};
