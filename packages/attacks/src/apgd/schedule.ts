/**
 * The iterations (counted from 1) after which APGD decides on its step size: intervals of 22 % of all steps, then 3 %
 * shorter each time, 6 % at least; in whole steps as in the reference code, which for few steps differs from the paper's.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness (ICML 2020), §3.
 *
 * @param steps number of steps N
 * @returns each checkpoint with the length of the window that ends there
 * @example
 * checkpoints(100).map(({ at }) => at); // 22, 41, 57, 70, 80, 87, 93, 99
 */
export function checkpoints(steps: number): { at: number; window: number }[] {
  const shortest = atLeastOne(0.06 * steps);
  const shorter = atLeastOne(0.03 * steps);
  const found: { at: number; window: number }[] = [];
  let window = atLeastOne(0.22 * steps);
  for (let at = window; at <= steps; at += window) {
    found.push({ at, window });
    window = Math.max(window - shorter, shortest);
  }
  return found;
}

/** The iterations (counted from 1) after which L1-APGD decides: every 4 % of all steps. */
export function sparseCheckpoints(steps: number): number[] {
  const every = atLeastOne(0.04 * steps);
  return Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every);
}

const atLeastOne = (steps: number) => Math.max(Math.floor(steps), 1);

/** A part of an attack with a ball of its own. */
export interface Stage {
  eps: number;
  steps: number;
}

/**
 * Three times, twice and once the radius, for 30 %, 30 % and 40 % of the steps: inside a larger ball it is easier to find
 * the way.
 *
 * Croce and Hein, Mind the box: l1-APGD for sparse adversarial attacks (ICML 2021), §3.3.
 */
export function shrinkingStages(eps: number, steps: number): Stage[] {
  const early = Math.ceil(0.3 * steps);
  const stages = [
    { eps: 3 * eps, steps: early },
    { eps: 2 * eps, steps: early },
    { eps, steps: steps - 2 * early },
  ];
  return stages.map((stage) => ({ ...stage, steps: Math.max(stage.steps, 1) }));
}
