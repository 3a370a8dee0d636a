import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  add,
  any,
  cast,
  DepthwiseConv2dNative,
  engine,
  fused,
  getKernelsForBackend,
  isNaN as isNaNumber,
  type KernelFunc,
  LRN,
  LRNGrad,
  logicalNot,
  MaxPool,
  maximum,
  mul,
  type NamedAttrMap,
  ones,
  Prelu,
  type Rank,
  RotateWithOffset,
  registerBackend,
  registerKernel,
  relu,
  reshape,
  Sign,
  setBackend,
  sub,
  sum,
  Tensor,
  type TensorInfo,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { checkKernels } from '../../conformance/check-kernels';
import { repairBackend } from '../../repair-backend';
import { useBackend } from '../../use-backend';
import { tensorflowRepairs } from './repairs';

// A stand-in for tfjs-node: the kernels of cpu, which refuse and mistake here what those of tfjs-node do. The real one is held
// against the same cases by hand (scripts/vitest.tensorflow.mjs), and so are the repairs that call operations of TensorFlow.
const kernels = tensorflowRepairs.map(({ kernel }) => kernel).filter((each) => !/^Resize|^Transform$/.test(each));

interface Call {
  inputs: Record<string, Tensor>;
  attrs: NamedAttrMap;
}

const isPadded = ({ pad }: NamedAttrMap) =>
  typeof pad === 'number' ? pad > 0 : Array.isArray(pad) && pad.flat().some((each) => Number(each) > 0);

function isRefused(kernel: string, { inputs, attrs }: Call): boolean {
  const types = Object.values(inputs).map((each?: Tensor) => each?.dtype);
  if (/Pool|Backprop/.test(kernel)) return isPadded(attrs);
  if (/Conv2/.test(kernel)) return typeof attrs.pad === 'number' && attrs.pad > 0;
  if (kernel === 'GatherV2') return Number(attrs.axis) < 0;
  if (/^(FloorDiv|Mod)$/.test(kernel)) return inputs.b.dtype === 'int32' && inputs.b.dataSync().includes(0);
  if (kernel === 'Cast' && attrs.dtype === 'int32' && inputs.x.dtype === 'float32')
    return !inputs.x.dataSync().every((each) => each >= -(2 ** 31) && each < 2 ** 31);
  if (kernel === 'LeakyRelu') return types.includes('int32');
  return /^(Less|Greater|SpaceToBatch|BatchToSpace)/.test(kernel) && types.includes('bool');
}

function mistaken(kernel: string, { inputs, attrs }: Call, result: Tensor): Tensor {
  const { x, alpha } = inputs;
  if (kernel === MaxPool) return maximum(where(isNaNumber(result), 0, result), -3.4028234663852886e38);
  if (/^Arg/.test(kernel) && x.size > 0)
    return mul(result, cast(logicalNot(any(isNaNumber(x), attrs.axis as number)), 'int32'));
  if (/^S?[Ee]lu$/.test(kernel) || attrs?.activation === 'elu') return sub(add(result, 1), 1);
  if (kernel === Sign && x.dtype === 'float32') return where(isNaNumber(x), Number.NaN, result);
  if (kernel === LRN || kernel === LRNGrad) return add(result, mul(sum(x), 0));
  if (kernel === Prelu) return add(relu(x), mul(mul(alpha, sub(x, relu(x))), 1));
  if (/Conv2D$/.test(kernel) && x.shape[0] === 0)
    return reshape(result, [...result.shape.slice(0, 3), x.shape[3] ?? 0]);
  return result;
}

beforeAll(async () => {
  await useBackend('cpu');
  registerBackend('tensorflow', () => new MathBackendCPU());
  for (const config of getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = config;
    const standIn = (call: Call & { backend: unknown }) => {
      if (isRefused(kernelName, call)) throw new Error(`tfjs-node refuses ${kernelName}`);
      return tidy(() => {
        const result = kernelFunc(call as unknown as Parameters<KernelFunc>[0]) as TensorInfo | TensorInfo[];
        const [tensor, ...others] = [result]
          .flat()
          .map((each) => (each instanceof Tensor ? each : engine().makeTensorFromTensorInfo(each)));
        return others.length > 0 ? [tensor, ...others] : mistaken(kernelName, call, tensor);
      });
    };
    if (kernelName === RotateWithOffset) continue;
    registerKernel({ ...config, backendName: 'tensorflow', kernelFunc: standIn as unknown as KernelFunc });
  }
  await setBackend('tensorflow');
});

it('every kernel that is repaired is faulty before, and conforms afterwards', async () => {
  const before = await checkKernels({ kernels });
  const sound = before.filter(({ verdict }) => verdict === 'conforms').map(({ kernel }) => kernel);
  expect(sound).toEqual([DepthwiseConv2dNative]); // no case pads it by one number
  expect(() => fusedByNumber()).toThrow('tfjs-node refuses FusedDepthwiseConv2D');
  const faults = repairBackend().filter(({ kernel }) => kernels.includes(kernel));
  expect(new Set(faults.map(({ kernel }) => kernel))).toEqual(new Set(kernels));
  const wrong = (await checkKernels({ kernels })).flatMap(({ kernel, failures }) =>
    failures.map((each) => `${kernel}, ${each.of}, ${each.name}: ${each.message}`),
  );
  expect(wrong).toEqual([]);
  expect([...(await fusedByNumber().data())]).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4]);
});

const fusedByNumber = () =>
  fused.depthwiseConv2d({ x: ones<Rank.R4>([1, 3, 3, 1]), filter: ones<Rank.R4>([3, 3, 1, 1]), strides: 1, pad: 1 });
