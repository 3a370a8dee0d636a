export { kernelCases } from './conformance/all-cases';
export type { CheckKernelsOptions, KernelFailure, KernelReport } from './conformance/check-kernels';
export { checkKernels } from './conformance/check-kernels';
export type { KernelCase, Precision } from './conformance/kernel-case';
export type { KernelSpeed, MeasureKernelsOptions } from './conformance/measure-kernels';
export { measureKernels } from './conformance/measure-kernels';
