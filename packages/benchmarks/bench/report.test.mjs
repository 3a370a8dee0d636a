import { expect, it } from 'vitest';
import { notes, sectionTables } from './report.mjs';

const section = {
  title: 'net, batch 4',
  measured: [
    {
      case: { kind: 'network', row: 'forward', batch: 4 },
      results: {
        onnx: { times: [10, 20], flops: 1e9, peak: 2e8, first: 50, compiled: 1, compileMs: 30, runs: [9, 18] },
        PyTorch: { times: [20, 30], peak: 3e8, first: 25 },
        wasm: { times: [100], images: 2, first: 120 },
        tensorflow: { error: 'it fell over' },
      },
    },
  ],
};

it('tells of each contestant, and holds ours against it round by round', () => {
  const [{ rows }] = sectionTables(section, 'onnx', 200);
  expect(rows.slice(1)).toEqual([
    ['forward', 'onnx', '15.0', '12.5 to 17.5', '', '33.3 %', '50.0', '200'],
    ['', 'PyTorch', '25.0', '22.5 to 27.5', '1.75', '20.0 %', '25.0', '300'],
    ['', 'wasm', '~100', '100 to 100', '10.0', '5.0 %', '120', '–'],
    ['', 'tensorflow', 'failed', '–', '–', '–', '–', '–'],
  ]);
});

it('tells what compiling and recording cost', () => {
  const [, { rows }] = sectionTables(section, 'onnx', 200);
  expect(rows[1]).toEqual(['forward', '1', '30.0', '50.0', '1.50', '10.0 %']);
  expect(sectionTables(section, 'PyTorch', 200)).toHaveLength(1);
});

it('notes what failed and what was measured otherwise', () => {
  expect(notes(section)).toEqual([
    'net, batch 4, forward, wasm: measured with 2 images, times 2',
    'net, batch 4, forward, tensorflow: it fell over',
  ]);
});

it('has a line for each convolution and kernel', () => {
  const shape = { kind: 'convolution', size: 32, from: 64, to: 128, kernel: 3, stride: 2, batch: 32 };
  const results = { onnx: { times: [10], flops: 1e9 }, wasm: { times: [60] }, 'wasm-stock': { error: 'missing' } };
  const [{ rows }] = sectionTables(
    { title: 'k', measured: [{ case: { ...shape, row: 'forward' }, results }] },
    'onnx',
    200,
  );
  expect(rows).toEqual([
    ['convolution', 'kernel', 'onnx, ms', 'GFLOPS', 'wasm, ms (×)', 'wasm-stock, ms (×)'],
    ['3x3/2, 64 to 128, 32x32', 'forward', '10.0', '100', '60.0 (6.00)', '–'],
  ]);
});
