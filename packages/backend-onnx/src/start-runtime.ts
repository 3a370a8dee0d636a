import { dumping } from './dump';
import type { OnnxOptions } from './options';
import { checkProviders } from './providers';
import { loadRuntime, type Runtime } from './runtime';

/**
 * ONNX Runtime as the options say.
 *
 * @throws what {@link loadRuntime} throws, and Error for a provider that the runtime lacks or that does not load
 */
export function startRuntime(options: OnnxOptions): Runtime {
  const runtime = loadRuntime(options);
  checkProviders(options);
  const { onModel, dump } = options;
  const told: Runtime = onModel
    ? {
        ...runtime,
        session(model, kernels) {
          onModel(model);
          return runtime.session(model, kernels);
        },
      }
    : runtime;
  return dump === undefined ? told : dumping(told, dump);
}
