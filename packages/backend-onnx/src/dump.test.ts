import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backend, relu, setBackend, square, sum, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureOnnx, type OnnxBackend } from './index';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agoge-dump-'));
  await setBackend('onnx');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('configureOnnx({ dump })', () => {
  it('writes each model once, under a name that tells what it is', async () => {
    const models: Uint8Array[] = [];
    configureOnnx({ dump: join(folder, 'made/when needed'), onModel: (model) => models.push(model) });
    const x = tensor1d([1, -2, 3]);
    for (let i = 0; i < 2; i++) {
      await relu(x).data();
      await tidy(() => sum(square(square(x)))).data();
    }
    const files = readdirSync(join(folder, 'made/when needed')).sort();
    const hashes = models.map((model) => createHash('sha256').update(model).digest('hex').slice(0, 8));
    expect(files).toEqual([`0001-1-kernel-Relu-${hashes[0]}.onnx`, `0002-3-kernels-Square-Sum-${hashes[1]}.onnx`]);
    const written = files.map((file) => readFileSync(join(folder, 'made/when needed', file)));
    expect(written.map((each, i) => each.equals(models[i]))).toEqual([true, true]);
    // IR version 8, then the graph: what ONNX's readers look for first.
    expect([...written[0].subarray(0, 3)]).toEqual([8, 8, 58]);
  });

  it('refuses a folder that cannot be, and goes on as before', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => configureOnnx({ dump: join(folder, 'file') })).toThrow(
      /^configureOnnx: dump must be a folder that can be written to, got ".+file" \(EEXIST: file already exists\)$/,
    );
    expect([...(await square(tensor1d([3])).data())]).toEqual([9]);
    expect((backend() as OnnxBackend).report().compiled).toBeGreaterThan(0);
  });
});
