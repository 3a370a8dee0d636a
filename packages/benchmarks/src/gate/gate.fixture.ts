import type { EvaluationRecord, EvaluationResult } from '../evaluation-result';
import { resultFixture } from '../result.fixture';
import { wilson } from '../wilson';

/** A result against which nothing speaks: APGD on `n` images of ten classes, of which the first `robust` stand and the last is wrong. */
export function soundResult({ n = 200, robust = 120 } = {}, changes: Partial<EvaluationResult> = {}): EvaluationResult {
  const base = resultFixture();
  const [standing, , broken, wrong] = base.records;
  const kindOf = (i: number) => (i < robust ? standing : i < n - 1 ? broken : wrong);
  const records = Array.from({ length: n }, (_, index): EvaluationRecord => {
    const kind = kindOf(index);
    const label = index % 10;
    const right = kind === wrong ? (label + 1) % 10 : label;
    return {
      ...kind,
      ...{ index, label, prediction: right, adversarialPrediction: kind === standing ? label : (label + 1) % 10 },
      ...(kind === broken && { brokenBy: 'apgd' }),
    };
  });
  const fallen = n - 1 - robust;
  const attack = { ...base.attacks[0], name: 'apgd', options: { eps: 0.1, steps: 100, loss: 'crossEntropy' } };
  const result: EvaluationResult = {
    ...base,
    data: { ...base.data, examples: n, classes: 10 },
    n,
    cleanAccuracy: (n - 1) / n,
    robustAccuracy: robust / n,
    interval: wilson(robust, n),
    cleanInterval: wilson(n - 1, n),
    attacks: [{ ...attack, attempted: n - 1, broken: fallen, newlyBroken: fallen, unique: fallen }],
    records,
    warnings: [],
    ...changes,
  };
  const { data, threat, attacks } = result;
  const setup = base.setup && {
    ...base.setup,
    ...{ examples: n, threat, attacks: attacks.map(({ name, options }) => ({ name, options })) },
    data: { hash: data.hash, examples: data.examples },
    model: { ...base.setup.model, classes: data.classes },
  };
  return { ...result, setup, ...changes };
}
