// Run by vitest.tensorflow.mjs, where tensorflow has been started.
import { expect, it } from 'vitest';
import { checkKernels } from '../packages/backends/src/conformance/check-kernels.ts';

it('every kernel of tensorflow conforms once it is repaired', async () => {
  const reports = await checkKernels();
  console.log(`${reports.length} kernels, ${reports.reduce((sum, { cases }) => sum + cases, 0)} cases`);
  const wrong = reports.flatMap(({ kernel, failures }) =>
    failures.map((each) => `${kernel}, ${each.of}, ${each.name}: ${each.message}`),
  );
  expect(wrong).toEqual([]);
  expect(new Set(reports.map(({ verdict }) => verdict))).toEqual(new Set(['conforms']));
});
