import { abs, customGrad, type GradSaveFunc, mul, neg, step, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * `|p|` with the gradient `sign(p)`, which is 0 at `p = 0` as in PyTorch.
 *
 * tfjs's own `abs` has the gradient -1 at 0, which would push a parameter that stands at exactly 0, and its `sign` on wasm
 * is 0 up to 1e-7, which would hold one that starts at 1e-8; so the sign is made of two steps. PAF keeps its parameters positive like this (Dai, Mahloujifar, Mittal 2021, arXiv 2110.05626; code).
 *
 * @param p of any shape
 * @returns of the same shape; the caller owns it
 */
export function magnitude<T extends Tensor>(p: T): T {
  return absolute(p) as T;
}

const absolute = customGrad((...[p, save]: (Tensor | GradSaveFunc)[]) => {
  (save as GradSaveFunc)([p as Tensor]);
  return {
    value: abs(p as Tensor),
    gradFunc: (dy: Tensor, [kept]: Tensor[]) => tidy(() => mul(dy, sub(step(kept), step(neg(kept))))),
  };
});
