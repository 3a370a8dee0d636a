import '@tensorflow/tfjs-layers';
import { writeFileSync } from 'node:fs';
import { repairBackend } from '@agoge/backends';
import { checkKernels } from '@agoge/backends/conformance';
import { setBackend } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import './index';
const kernels = process.env.SUITE;
it('suite', async () => {
  await setBackend('onnx');
  repairBackend();
  const reports = await checkKernels({ ...(kernels && { kernels: kernels.split(',') }) });
  const lines = reports.flatMap((r) => r.failures.map((f) => `${r.kernel}, ${f.of}, ${f.name}: ${f.message}`));
  const summary = `onnx: ${reports.length} kernels ${reports.reduce((s, r) => s + r.cases, 0)} cases; failing cases ${lines.length}`;
  writeFileSync(`/tmp/suite-onnx${kernels ? '-some' : ''}.txt`, [...lines, summary, ''].join('\n'));
  console.log(summary);
}, 900_000);
