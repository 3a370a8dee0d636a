import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentOptions } from './options';
import { checkProviders } from './providers';

const check = (...providers: string[]) => checkProviders({ ...currentOptions(), providers });
const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
const library = join(runtime, `bin/napi-v6/linux/${process.arch}/libonnxruntime_providers_cuda.so`);

describe('checkProviders', () => {
  it('takes cpu', () => {
    expect(() => check('cpu')).not.toThrow();
  });

  it('names one that the runtime was not built for, and those that it was', () => {
    expect(() => check('cpu', 'abacus')).toThrow(
      /^configureOnnx: providers: this onnxruntime-node has cpu(, \w+)*; got "abacus"$/,
    );
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64' || existsSync(library))(
    'names one whose library is not there (needs Linux on x64, without CUDA’s library)',
    () => {
      expect(() => check('cuda', 'cpu')).toThrow(
        /^configureOnnx: providers: "cuda" does not start: .*Failed to load shared library; its library is not in the package: .*npm rebuild onnxruntime-node/,
      );
    },
  );
});
