import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import { checkKernels, kernelCases } from '@agoge/backends/conformance';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import './index';

const full = process.env.AGOGE_TEST === 'full';
const all = [...new Set(kernelCases.map(({ kernel }) => kernel))];
/** Each case compiles a graph of its own, so that CI checks every fifth kernel. */
const share = full ? all : all.filter((_, i) => i % 5 === 0);

it(`every kernel conforms to its float64 values, forward and gradient${full ? '' : ' (a share; all with AGOGE_TEST=full)'}`, async () => {
  await setBackend('onnx');
  repairBackend();
  const reports = await checkKernels({ kernels: share });
  const failures = reports.flatMap(({ kernel, failures }) =>
    failures.map(({ of, name, message }) => `${kernel} ${of}, ${name}: ${message}`),
  );
  expect(failures).toEqual([]);
  expect(reports).toHaveLength(share.length);
}, 600_000);
