import { expect, it } from 'vitest';
import { speedsOf, tablesOf } from './report.mjs';

const report = {
  peak: { size: 256, rates: { onnx: 200, PyTorch: 150.4 }, gigaflops: 200 },
  rows: [
    { suite: 'peak', title: 'Peak', case: { kind: 'product', row: 'product' }, results: { onnx: { times: [1] } } },
    {
      title: 'net, batch 4',
      case: { kind: 'network', row: 'forward', batch: 4 },
      results: {
        onnx: { times: [10, 20], flops: 1e9, peak: 2e8, first: 50, compiled: 1, compileMs: 30, runs: [9, 18] },
        PyTorch: { times: [20, 30], peak: 3e8, first: 25 },
        wasm: { times: [100], images: 2, first: 120 },
        tensorflow: { error: 'it fell over' },
      },
    },
    {
      title: 'Reading',
      case: { kind: 'data', row: 'read cifar', batch: 100 },
      results: { ours: { times: [10], first: 12 }, 'tf.data': { error: 'it has none' } },
    },
  ],
};

it('tells of each contestant, and holds the first against it round by round', () => {
  const [{ title, rows }] = tablesOf(report).tables;
  expect(title).toBe('net, batch 4');
  expect(rows).toEqual([
    [
      ...['', 'contestant', 'ms', 'quartiles', 'onnx is × as fast'],
      ...['images/s', 'of peak', 'first call, ms', 'peak memory, MB'],
    ],
    ['forward', 'onnx', '15.0', '12.5 to 17.5', '', '267', '33.3 %', '50.0', '200'],
    ['', 'PyTorch', '25.0', '22.5 to 27.5', '1.75', '160', '20.0 %', '25.0', '300'],
    ['', 'wasm', '~100', '100 to 100', '10.0', '40.0', '5.0 %', '120', '–'],
    ['', 'tensorflow', 'failed', '–', '–', '–', '–', '–', '–'],
  ]);
});

it('leaves out columns that nobody fills', () => {
  const { rows } = tablesOf(report).tables.at(-1);
  expect(rows).toEqual([
    ['', 'contestant', 'ms', 'quartiles', 'images/s', 'first call, ms'],
    ['read cifar', 'ours', '10.0', '10.0 to 10.0', '10000', '12.0'],
    ['', 'tf.data', 'failed', '–', '–', '–'],
  ]);
});

it('tells what compiling and recording cost, of a backend that tells it', () => {
  const { tables } = tablesOf(report);
  expect(tables.map(({ title }) => title)).toEqual([
    ...['net, batch 4', 'net, batch 4: onnx compiles and records', 'Reading'],
  ]);
  expect(tables[1].rows[1]).toEqual(['forward', '1', '30.0', '50.0', '1.50', '10.0 %']);
});

it('notes what there was no time for, a line for each title', () => {
  const left = ['forward', 'training step'].map((row) => ({ title: 'net', row }));
  expect(tablesOf({ rows: [], left }).notes).toEqual(['no time for net: forward, training step']);
});

it('notes the peak, what failed and what was measured otherwise', () => {
  expect(tablesOf(report).notes).toEqual([
    'product of 256 x 256, GFLOPS: onnx 200, PyTorch 150; the best is the peak',
    'wasm: measured with 2 images, and given for the whole batch (~): net, batch 4 (forward)',
    'tensorflow: it fell over: net, batch 4 (forward)',
    'tf.data: it has none: Reading (read cifar)',
  ]);
});

it('gives speeds as shares of the first, with quartiles over the rounds, where there is another', () => {
  expect(speedsOf(report)).toEqual([
    {
      title: 'net, batch 4',
      bars: [
        { row: 'forward', name: 'onnx', ms: 15, speed: 1, low: 1, high: 1 },
        {
          row: 'forward',
          name: 'PyTorch',
          ms: 25,
          speed: expect.closeTo(7 / 12),
          low: expect.closeTo(13 / 24),
          high: 0.625,
        },
        { row: 'forward', name: 'wasm', ms: 100, speed: 0.1, low: 0.1, high: 0.1 },
      ],
    },
  ]);
});

it('marks who computed something else, and gives it no bar', () => {
  const results = {
    onnx: { times: [10], check: 2 },
    PyTorch: { times: [20], check: 2.001 },
    wasm: { times: [5], images: 2, check: 2.01 },
    tensorflow: { times: [30] },
  };
  const rows = ['network', 'convolution'].map((kind) => ({
    title: kind,
    case: { kind, row: 'forward', batch: 4 },
    results,
  }));
  const { tables, notes } = tablesOf({ rows });
  expect(tables[0].rows.map((cells) => cells[2])).toEqual(['ms', '10.0', '20.0', '≠~5.00', '30.0']);
  expect(tables[1].rows[1].slice(-3)).toEqual(['20.0 (2.00)', '≠~5.00 (0.500)', '30.0 (3.00)']);
  expect(notes).toEqual([
    'results held against the first contestant’s: 4, of which 2 agree to 0.001',
    'wasm: computes something else than onnx (≠): network (forward); convolution (forward)',
    'wasm: measured with 2 images, and given for the whole batch (~): network (forward); convolution (forward)',
  ]);
  expect(speedsOf({ rows })[0].bars.map(({ name }) => name)).toEqual(['onnx', 'PyTorch', 'tensorflow']);
});

it('takes results without a number for no agreement', () => {
  const results = { onnx: { times: [10], check: null }, wasm: { times: [20], check: null } };
  const { notes } = tablesOf({
    rows: [{ title: 'net', case: { kind: 'network', row: 'forward', batch: 4 }, results }],
  });
  expect(notes).toEqual([
    'results held against the first contestant’s: 1, of which 0 agree to 0.001',
    ...['onnx', 'wasm'].map((name) => `${name}: its result is no finite number (≠): net (forward)`),
  ]);
});

it('has a line for each convolution and kernel', () => {
  const shape = { kind: 'convolution', size: 32, from: 64, to: 128, kernel: 3, stride: 2, batch: 32 };
  const results = { onnx: { times: [10], flops: 1e9 }, wasm: { times: [60] }, 'wasm-stock': { error: 'missing' } };
  const [{ rows }] = tablesOf({ rows: [{ title: 'k', case: { ...shape, row: 'forward' }, results }] }).tables;
  expect(rows).toEqual([
    ['convolution', 'kernel', 'onnx, ms', 'GFLOPS', 'wasm, ms (×)', 'wasm-stock, ms (×)'],
    ['3x3/2, 64 to 128, 32x32', 'forward', '10.0', '100', '60.0 (6.00)', '–'],
  ]);
});
