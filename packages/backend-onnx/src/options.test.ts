import { afterAll, describe, expect, it } from 'vitest';
import { configureOnnx, currentOptions, type OnnxOptions, tryOptions } from './options';

const before = currentOptions();
afterAll(() => configureOnnx(before));

describe('configureOnnx', () => {
  it('changes what is given and keeps the rest', () => {
    configureOnnx({ threads: 2 });
    configureOnnx({ cacheSize: 8 });
    expect(currentOptions()).toEqual({ ...before, threads: 2, cacheSize: 8 });
  });

  it('tells how many threads 0 is', () => {
    configureOnnx({ threads: 0 });
    expect(currentOptions().threads).toBeGreaterThanOrEqual(1);
  });

  it.each<[unknown, string]>([
    [{ thread: 1 }, 'configureOnnx: unknown option "thread"; there are threads, '],
    [{ constructor: 1 }, 'configureOnnx: unknown option "constructor"; there are threads, '],
    [{ threads: -1 }, 'configureOnnx: threads must be a whole number >= 0, got -1'],
    [{ threads: 1.5 }, 'configureOnnx: threads must be a whole number >= 0, got 1.5'],
    [{ cacheSize: 0 }, 'configureOnnx: cacheSize must be a whole number >= 1, got 0'],
    [{ cacheBytes: 0.5 }, 'configureOnnx: cacheBytes must be a whole number >= 1, got 0.5'],
    [{ providers: [] }, 'configureOnnx: providers must be a list of names of execution providers, got []'],
    [{ providers: 'cuda' }, 'configureOnnx: providers must be a list of names of execution providers, got "cuda"'],
    [{ dump: '' }, 'configureOnnx: dump must be the path of a folder, got ""'],
    [{ onModel: 3 }, 'configureOnnx: onModel must be a function, got 3'],
  ])('refuses %j', (options, message) => {
    expect(() => configureOnnx(options as Partial<OnnxOptions>)).toThrow(message);
  });
});

describe('tryOptions', () => {
  it('sets them for good where the attempt succeeds, and those before where it fails', () => {
    configureOnnx({ threads: 3 });
    tryOptions({ cacheSize: 5 }, () => expect(currentOptions()).toMatchObject({ threads: 3, cacheSize: 5 }));
    const failing = () => {
      throw new Error('no such device');
    };
    expect(() => tryOptions({ threads: 1, dump: '/x' }, failing)).toThrow('no such device');
    expect(currentOptions()).toMatchObject({ threads: 3, cacheSize: 5 });
    expect(currentOptions().dump).toBeUndefined();
  });
});
