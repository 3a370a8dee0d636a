import { expect } from 'vitest';
import type { EvaluationResult } from './evaluation-result';
import { type GateOptions, gate } from './gate/gate';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: an interface merges with Vitest's under the same parameters only.
  interface Matchers<T = any> {
    /**
     * Passes where the lower end of the 95 % interval of the robust accuracy reaches `atLeast` and nothing speaks against the
     * number; one that is not to be trusted fails the opposite, `not.toBeRobust`, as well.
     *
     * @example
     * expect(await evaluate(f, data, { attacks: autoAttack({ eps: 0.1 }) })).toBeRobust({ atLeast: 0.4 });
     */
    toBeRobust(options: GateOptions): T;
  }
}

expect.extend({
  toBeRobust(result: EvaluationResult, options: GateOptions) {
    const { passed, doubts, message } = gate(result, options);
    return { pass: doubts.length > 0 ? this.isNot : passed, message: () => message };
  },
});
