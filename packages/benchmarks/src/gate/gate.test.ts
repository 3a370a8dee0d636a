import type { RunSetup } from '@agoge/attacks';
import { describe, expect, it } from 'vitest';
import type { EvaluationResult } from '../evaluation-result';
import { readResult, writeResult } from '../evaluation-result';
import { resultFixture } from '../result.fixture';
import '../vitest';
import { doubtsOf } from './doubts';
import { gate } from './gate';
import { soundResult } from './gate.fixture';
import { stepSummary } from './step-summary';

const codes = (result: EvaluationResult) => doubtsOf(result).map(({ code }) => code);

it('the fixture is a result that a file may hold', () => {
  expect(readResult(writeResult(soundResult())).n).toBe(200);
});

describe('doubts', () => {
  it('are none of a sound result, whose interval may be wide', () => {
    expect(codes(soundResult())).toEqual([]);
    expect(codes(soundResult({ n: 30, robust: 15 }))).toEqual([]);
  });

  const [attack] = soundResult().attacks;
  const setup = soundResult().setup as RunSetup;
  it.each<[code: string, Partial<EvaluationResult>]>([
    ['no-adaptive-attack', resultFixture({ warnings: [] })],
    ['nothing-broken', soundResult({ robust: 199 })],
    ['no-better-than-chance', { cleanAccuracy: 0.1, cleanInterval: [0.07, 0.15] }],
    ['eps-reaches-grey', { threat: { norm: 'linf', eps: 0.5 } }],
    ['no-threat', { threat: { norm: 'linf', eps: 0 } }],
    ['zero-gradients', { attacks: [{ ...attack, zeroGradients: 3 }] }],
    ['refuted', { attacks: [{ ...attack, refuted: 3 }] }],
    ['figures', { interval: [0.6, 0.7] }],
    ['figures', { data: { ...soundResult().data, hash: 'cifar10' } }],
    ['figures', { model: { name: 'a', weights: { file: 'a', sha256: 'ab' } } }],
    ['figures', { attacks: [{ ...attack, newlyBroken: attack.newlyBroken - 1 }] }],
    ['figures', { setup: { ...setup, data: { ...setup.data, hash: 'cd'.repeat(32) } } }],
    ['figures', { setup: { ...setup, threat: { norm: 'linf', eps: 0.2 } } }],
    ['figures', { setup: { ...setup, attacks: [] } }],
    ['figures', { records: soundResult().records.map((each) => ({ ...each, brokenBy: each.brokenBy && 'magic' })) }],
  ])('%s', (code, changes) => {
    expect(codes(soundResult({}, changes))).toContain(code);
  });

  it('are found where the file says nothing of them', () => {
    const silent = soundResult({}, { threat: { norm: 'linf', eps: 0.5 }, warnings: [] });
    expect(codes(silent)).toEqual(['eps-reaches-grey']);
  });

  it('are not raised by two of 200 images that met a gradient of 0', () => {
    expect(codes(soundResult({}, { attacks: [{ ...attack, zeroGradients: 2, refuted: 2 }] }))).toEqual([]);
  });
});

describe('the gate', () => {
  it('asks the bound and not the mean', () => {
    // 120 of 200: 60 %, with 95 % confidence 53.1 % (Wilson).
    expect(gate(soundResult(), { atLeast: 0.53 })).toMatchObject({ passed: true, doubts: [] });
    const refused = gate(soundResult(), { atLeast: 0.54 });
    expect(refused.passed).toBe(false);
    expect(refused.bound).toBeCloseTo(0.5308, 4);
    expect(refused.message).toBe(
      'at-pssilu: robust accuracy 60.0 % of 200 images (linf eps 0.1), with 95 % confidence at least 53.1 %: below the 54.0 % asked for',
    );
  });

  it('lets nothing through that is not to be trusted, unless it is allowed', () => {
    const grey = soundResult({}, { threat: { norm: 'linf', eps: 0.5 } });
    expect(gate(grey, { atLeast: 0.1 })).toMatchObject({ passed: false, doubts: [{ code: 'eps-reaches-grey' }] });
    expect(gate(grey, { atLeast: 0.1 }).message).toContain('\nnot to be trusted: eps 0.5 lets every image become');
    expect(gate(grey, { atLeast: 0.1, allow: ['eps-reaches-grey'] }).passed).toBe(true);
  });

  it('refuses what is no result and what is no bound', () => {
    expect(() => gate({} as never, { atLeast: 0.4 })).toThrow('gate: result must be a result, as evaluate gives, got');
    expect(() => gate(soundResult(), { atLeast: 40 })).toThrow(
      'gate: atLeast must be a finite number >= 0 and <= 1, got 40',
    );
    expect(() => gate(soundResult(), { least: 0.4 } as never)).toThrow('gate: unknown option "least"');
    expect(() => gate(soundResult(), {} as never)).toThrow('gate: atLeast must be a finite number');
  });
});

describe('expect(result).toBeRobust', () => {
  it('passes and fails with the gate, and says why', () => {
    expect(soundResult()).toBeRobust({ atLeast: 0.5 });
    expect(soundResult()).not.toBeRobust({ atLeast: 0.6 });
    expect(() => expect(soundResult()).toBeRobust({ atLeast: 0.6 })).toThrow(
      'robust accuracy 60.0 % of 200 images (linf eps 0.1), with 95 % confidence at least 53.1 %: below the 60.0 % asked for',
    );
    expect(() => expect(soundResult()).not.toBeRobust({ atLeast: 0.5 })).toThrow('reaches the 50.0 % asked for');
  });

  it('fails both ways where the number is not to be trusted', () => {
    const untried = resultFixture();
    expect(() => expect(untried).toBeRobust({ atLeast: 0.1 })).toThrow('not to be trusted: no attack adapts');
    expect(() => expect(untried).not.toBeRobust({ atLeast: 0.9 })).toThrow('not to be trusted: no attack adapts');
  });
});

describe('the summary of a step', () => {
  it('tells verdict, figures, attacks, warnings and command', () => {
    const result = soundResult();
    const text = stepSummary(result, gate(result, { atLeast: 0.54 }), 0.54);
    expect(text.split('\n').slice(0, 10)).toEqual([
      '### Robustness of at-pssilu: failed',
      '',
      'At least 54.0 % was asked for; the lower end of the interval counts, and is **53.1 %**.',
      '',
      '| threat | images | clean | robust | 95 % interval |',
      '| :-- | --: | --: | --: | --: |',
      '| linf eps 0.1 | 200 | 99.5 % | **60.0 %** | 53.1 % to 66.5 % |',
      '',
      '| attack | met | broke | accuracy left |',
      '| :-- | --: | --: | --: |',
    ]);
    expect(text).toContain('| apgd | 199 | 79 | 60.0 % |');
    expect(text).toContain('```sh\nagoge evaluate --model runs/at-pssilu --eps 0.1\n```');
  });

  it('lets no text of a result be markup', () => {
    const hostile = '`x` | [a](b) <img src=x>\n# h ```';
    const result = soundResult({}, { model: { name: hostile }, warnings: [{ code: 'refuted', message: hostile }] });
    result.run = { ...result.run, command: hostile };
    const text = stepSummary(result, gate(result, { atLeast: 0.1 }), 0.1);
    expect(text).toContain('\\`x\\` \\| \\[a\\](b) \\<img src=x\\> \\# h \\`\\`\\`');
    expect(text.match(/^#/gm)?.length).toBe(2);
    expect(text).toContain(`\`\`\`\`sh\n${hostile}\n\`\`\`\``);
  });
});
