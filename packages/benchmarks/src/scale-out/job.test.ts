import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, sha256 } from '@agoge/core';
import { afterAll, describe, expect, it } from 'vitest';
import { codeVersion } from '../code-version';
import { checkHashes, checkVersion, type Job, jobId, makeJob, nameOf, readJob, Unfit } from './job';
import { findFiles, hashedFiles, shareFiles } from './job-files';
import { getResult, putResult } from './job-result';
import { module } from './jobs.fixture';
import { modelFiles } from './model-files';
import { madeBy } from './module-reference';
import { clear, within } from './store-within';

const folder = mkdtempSync(join(tmpdir(), 'agoge-job-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...path: string[]) => join(folder, ...path);
const job = makeJob({ kind: 'evaluate', options: { seed: 1 }, shard: { number: 2, count: 4 }, hashes: { data: 'ab' } });

describe('a job', () => {
  it('is JSON, with the code that it is for, and has one id whatever the order of its keys', async () => {
    expect(readJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(job.version).toEqual(codeVersion());
    expect(job.version.code).toMatch(/^[0-9a-f]{64}$/);
    expect(job.version.versions).toHaveProperty('@agoge/attacks');
    const reversed = Object.fromEntries(Object.entries(job).reverse()) as unknown as Job;
    expect(await jobId(reversed)).toBe(await jobId(job));
    expect(await jobId({ ...job, shard: { number: 3, count: 4 } })).not.toBe(await jobId(job));
    expect([nameOf(job), nameOf({ ...job, name: 'seed 3' })]).toEqual(['evaluate 2/4', 'seed 3']);
  });

  it.each<[string, unknown, string]>([
    ['no object', null, 'job: the file must be an object, got null'],
    ['another schema', { ...job, schema: 'agoge/job@9' }, 'schema must be one of "agoge/job@1", got "agoge/job@9"'],
    ['a shard of none', { ...job, shard: { number: 0, count: 4 } }, 'shard must be { number, count }, integers >= 1'],
    ['a hash that is none', { ...job, hashes: { data: 3 } }, 'hashes must be an object whose values are a string'],
    [
      'files of another form',
      { ...job, files: { model: { folder: '/' } } },
      'files must be an object whose values are',
    ],
    ['an unknown key', { ...job, after: 'rm' }, 'after is unknown'],
  ])('from elsewhere with %s is refused', (_, value, message) => {
    expect(() => readJob(value)).toThrow(message);
  });

  it('is refused by other code, versions and data, which are named', () => {
    const { versions, code } = job.version;
    checkVersion(job);
    expect(() => checkVersion({ ...job, version: { versions, code: 'old' } })).toThrow(
      `evaluate 2/4: the job is for code "old", and this worker has "${code}"`,
    );
    const older = { ...versions, '@agoge/core': '9.1.0' };
    expect(() => checkVersion({ ...job, version: { versions: older, code } })).toThrow(
      `evaluate 2/4: the job is for @agoge/core "9.1.0", and this worker has "${versions['@agoge/core']}"`,
    );
    checkHashes(job, { data: 'ab' });
    expect(() => checkHashes(job, { data: 'cd' })).toThrow(Unfit);
    expect(() => checkHashes(job, { data: 'cd' })).toThrow(
      'evaluate 2/4: the job wants data "ab", and this worker has "cd"',
    );
  });
});

describe('files by content hash', () => {
  it('are those of a model, found in their folder, or in a store', async () => {
    mkdirSync(at('model'));
    writeFileSync(at('model', 'model.json'), JSON.stringify({ weightsManifest: [{ paths: ['w.bin'] }] }));
    writeFileSync(at('model', 'w.bin'), 'weights');
    const files = await modelFiles({ model: at('model') });
    expect(files).toEqual({
      model: {
        folder: at('model'),
        entry: '',
        files: {
          'model.json': await sha256(readFileSync(at('model', 'model.json'))),
          'w.bin': await sha256('weights'),
        },
      },
    });
    const named = await modelFiles({ model: at('model', 'model.json') });
    expect(named).toEqual({ model: { ...files.model, entry: 'model.json' } });
    expect(await modelFiles({ model: 'lenet5', weights: at('model', 'w.bin') })).toEqual({
      weights: await hashedFiles(at('model'), 'w.bin', ['w.bin']),
    });

    const store = memoryStore();
    const wanted = { ...job, files: named };
    expect(await findFiles(wanted, 'model', store, at('cache'))).toBe(at('model', 'model.json'));
    await shareFiles(store, files.model);
    // Another file by the same name.
    writeFileSync(at('model', 'w.bin'), 'others');
    const path = await findFiles(wanted, 'model', store, at('cache'));
    expect(path.startsWith(at('cache'))).toBe(true);
    expect(readFileSync(join(path, '..', 'w.bin'), 'utf8')).toBe('weights');
    expect(await findFiles(wanted, 'model', memoryStore(), at('cache'))).toBe(path);
    writeFileSync(join(path, '..', 'w.bin'), 'damaged');
    await expect(findFiles(wanted, 'model', memoryStore(), at('cache'))).rejects.toThrow(
      `evaluate 2/4: model: wants w.bin of sha256 ${await sha256('weights')}: ` +
        `${at('model', 'w.bin')} has ${await sha256('others')} here, and the store lacks it`,
    );
    await store.put(`files/${await sha256('weights')}`, new TextEncoder().encode('forged'));
    await expect(findFiles(wanted, 'model', store, at('cache'))).rejects.toThrow('and the store lacks it');
  });

  it.each([
    ['../w.bin', 'a relative path of parts between "/"'],
    ['/etc/passwd', 'a relative path of parts between "/"'],
  ])('leave no folder: %s', async (name, message) => {
    const store = memoryStore();
    const hash = await sha256('x');
    await store.put(`files/${hash}`, new TextEncoder().encode('x'));
    const files = { model: { folder: '/nowhere', entry: name, files: { [name]: hash } } };
    await expect(findFiles({ ...job, files }, 'model', store, at('cache'))).rejects.toThrow(message);
    const other = { model: { folder: '/nowhere', entry: '../../x', files: {} } };
    await expect(findFiles({ ...job, files: other }, 'model', store, at('cache'))).rejects.toThrow(
      'evaluate 2/4: model: must have its entry "../../x" among its files',
    );
  });
});

it('a result is kept under the id of its job, and tells when it is damaged or of another', async () => {
  const store = memoryStore();
  const id = await jobId(job);
  expect(await getResult(store, id)).toBeUndefined();
  await putResult(store, id, { n: 1 });
  expect(await getResult(store, id)).toEqual({ n: 1 });
  const bytes = (await store.get(`results/${id}.json`)) as Uint8Array;
  await store.put('results/other.json', bytes);
  await expect(getResult(store, 'other')).rejects.toThrow('results/other.json: is the result of another job');
  await store.put(
    `results/${id}.json`,
    new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"n": 1', '"n": 2')),
  );
  await expect(getResult(store, id)).rejects.toThrow('is damaged');
});

it('a store within a store sees and clears its own alone', async () => {
  const store = memoryStore();
  await store.put('results/a', Uint8Array.of(1));
  const state = within(store, 'state/a/');
  await state.put('run/run.json', Uint8Array.of(2));
  expect(await state.list('run/')).toEqual(['run/run.json']);
  expect(await state.get('run/run.json')).toEqual(Uint8Array.of(2));
  await clear(state);
  expect(await store.list('')).toEqual(['results/a']);
});

describe('a module of a job', () => {
  const make = (reference: object, isAllowed = true) => madeBy('evaluate 2/4: data', reference as never, isAllowed);

  it('makes what its function does', async () => {
    const data = { module, export: 'uniformImages', options: { examples: 6 } };
    expect(await make(data)).toMatchObject({ examples: 6, classes: 2 });
  });

  it.each<[string, object, boolean, string]>([
    ['that is not allowed', { module, export: 'x' }, false, 'names the module "/'],
    ['from the network', { module: 'https://x.example/y.mjs', export: 'x' }, true, 'module must be a file URL'],
    [
      'in code',
      { module: 'data:text/javascript,0', export: 'x' },
      true,
      'module must be a file URL or an absolute path',
    ],
    ['that is not there', { module: '/nowhere.mjs', export: 'x' }, true, '/nowhere.mjs cannot be loaded'],
    ['without its function', { module, export: 'x' }, true, 'must export a function x, got undefined'],
    ['with another key', { module, export: 'x', code: '' }, true, 'code is unknown'],
  ])('%s is refused', async (_, reference, isAllowed, message) => {
    await expect(make(reference, isAllowed)).rejects.toThrow(message);
  });
});
