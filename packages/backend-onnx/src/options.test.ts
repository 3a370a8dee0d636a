import { afterAll, describe, expect, it } from 'vitest';
import { configureOnnx, currentOptions, type OnnxOptions } from './options';

const before = currentOptions();
afterAll(() => configureOnnx(before));

describe('configureOnnx', () => {
  it('changes what is given and keeps the rest', () => {
    configureOnnx({ threads: 2 });
    configureOnnx({ cacheSize: 8 });
    expect(currentOptions()).toEqual({ ...before, threads: 2, cacheSize: 8 });
  });

  it.each<[unknown, string]>([
    [{ thread: 1 }, 'configureOnnx: unknown option "thread"; there are threads, '],
    [{ threads: -1 }, 'configureOnnx: threads must be a whole number >= 0, got -1'],
    [{ threads: 1.5 }, 'configureOnnx: threads must be a whole number >= 0, got 1.5'],
    [{ cacheSize: 0 }, 'configureOnnx: cacheSize must be a whole number >= 1, got 0'],
    [{ providers: [] }, 'configureOnnx: providers must be a list of names of execution providers, got '],
    [{ onModel: 3 }, 'configureOnnx: onModel must be a function, got 3'],
  ])('refuses %j', (options, message) => {
    expect(() => configureOnnx(options as Partial<OnnxOptions>)).toThrow(message);
  });
});
