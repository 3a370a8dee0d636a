import { expect, it } from 'vitest';
import { renewWasm } from '../node/renew-wasm';
import { useBackend } from '../use-backend';
import { checkKernels } from './check-kernels';

it.each(['wasm', 'cpu'] as const)('every kernel of %s conforms once it is repaired', async (name) => {
  await useBackend(name);
  const reports = await checkKernels({ onKernel: ({ verdict }) => (verdict === 'faulty' ? renewWasm() : undefined) });
  const wrong = reports.flatMap(({ kernel, failures }) =>
    failures.map((each) => `${kernel}, ${each.of}, ${each.name}: ${each.message}`),
  );
  expect(wrong).toEqual([]);
  expect(new Set(reports.map(({ verdict }) => verdict))).toEqual(new Set(['conforms']));
});
