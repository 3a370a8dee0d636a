import { lossAndGradient, type NormName, norms } from '@agoge/core';
import { abs, add, div, less, max, sum, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Answer, Question } from '../ascent/climb';
import { rivalLead } from '../losses';
import { select } from '../rows';

const tiny = 1e-12;

/** Size of gradients in the norm that is dual to a perturbation's, `[n]`. */
export const dualSize: Record<NormName, (g: Tensor4D) => Tensor1D> = {
  linf: (g) => sum<Tensor1D>(abs(g), [1, 2, 3]),
  l2: norms.l2.size,
  l1: (g) => max<Tensor1D>(abs(g), [1, 2, 3]),
};

/**
 * Of the boundaries between the label and its rivals, made linear, the nearest: `argmin_k |z_k - z_y| / |grad(z_k - z_y)|_dual`,
 * as loss `z_k - z_y` and its gradient. One forward and one backward pass for each rival, since tfjs keeps no tape.
 *
 * @param rivals how many classes are looked at, those of the largest logits beside the label
 */
export function nearestBoundary({ f, x, y }: Question, norm: NormName, rivals: number): Answer {
  const checks: Answer['check'][] = [];
  const towards = (rank: number) => {
    const { check, ...seen } = lossAndGradient(f, x, (logits) => rivalLead(logits, y, rank));
    checks.push(check);
    const away: Tensor1D = div(abs(seen.loss), add(dualSize[norm](seen.gradient), tiny));
    return { ...seen, away };
  };
  const first = towards(0);
  let { away, loss, gradient } = first;
  for (let rank = 1; rank < rivals; rank++) {
    const other = towards(rank);
    const isNearer = less<Tensor1D>(other.away, away);
    away = select(isNearer, other.away, away);
    loss = select(isNearer, other.loss, loss);
    gradient = select(isNearer, other.gradient, gradient);
  }
  const check = async () => {
    for (const each of checks) await each();
  };
  return { logits: first.logits, loss, gradient, check, forwards: rivals, backwards: rivals };
}
