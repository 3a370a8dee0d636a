import { autoAttack } from '@agoge/attacks';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { EvaluationResult } from '../evaluation-result';
import { soundResult } from '../gate/gate.fixture';
import { leaderboard } from './leaderboard';
import { leaderboardMarkdown } from './leaderboard-markdown';
import { leaderboardPage } from './leaderboard-page';
import { type PublishedModel, readPublished } from './published';

const named = (name: string, robust: number, changes: Partial<EvaluationResult> = {}) =>
  soundResult({ n: 100, robust }, { model: { name }, ...changes });
const commanded = (result: EvaluationResult, command: string) => ({ ...result, run: { ...result.run, command } });
const info = {
  link: 'https://example.org/paper',
  name: 'A <b>robust</b> model',
  authors: 'A. Author, B. Author',
  additional_data: true,
  number_of_parameters: 36_479_194,
  dataset: 'cifar10',
  venue: 'A venue 2024',
  architecture: 'WideResNet-28-10',
  eps: '8/255',
  clean_acc: '88.50',
  reported: '64.00',
  autoattack_acc: '62.25',
  external: '61.75',
  unreliable: false,
  footnote: 'See <a href="https://example.org">this</a>.',
};
const publish = (changes: object = {}): PublishedModel =>
  readPublished(JSON.stringify({ ...info, ...changes }), 'info.json', 'Linf');

/** Groups, tables and ranks, without the rest. */
const told = (results: readonly EvaluationResult[], options = {}) =>
  leaderboard(results, options).groups.map(({ data, tables }) => [
    data,
    tables.map(({ attacks, rows }) => [attacks, rows.map(({ rank, name }) => `${rank ?? 'no rank'} ${name}`)]),
  ]);

describe('a board', () => {
  it('ranks what was measured alike, equals alike', () => {
    expect(told([named('a', 40), named('b', 60), named('c', 40), named('d', 20)])).toEqual([
      ['digits', [['apgd (100 steps)', ['1 b', '2 a', '2 c', '4 d']]]],
    ]);
  });

  it('never ranks other attacks, options or images together', () => {
    const [attack] = named('a', 40).attacks;
    const longer = named('b', 60, {
      attacks: [{ ...attack, broken: 39, newlyBroken: 39, options: { ...attack.options, steps: 500 } }],
    });
    const shifted = named('c', 70);
    shifted.records = shifted.records.map((each) => ({ ...each, index: each.index + 100 }));
    const board = leaderboard([named('a', 40), longer, shifted]);
    expect(board.groups[0].tables.map(({ attacks, images, rows }) => [attacks, images, rows[0].name])).toEqual([
      ['apgd (100 steps)', '100 images (0 to 99)', 'a'],
      ['apgd (100 steps)', '100 images (100 to 199)', 'c'],
      ['apgd (500 steps)', '100 images (0 to 99)', 'b'],
    ]);
  });

  it('knows AutoAttack by what ran, and not by a part of it', () => {
    const [attack] = named('a', 40).attacks;
    const parts = (only: number) =>
      autoAttack({ norm: 'linf', eps: 0.1 })
        .slice(0, only)
        .map(({ name, options }, i) => ({ ...attack, name, options, newlyBroken: i === 0 ? attack.newlyBroken : 0 }));
    expect(told([named('a', 40, { attacks: parts(9) })])[0][1]).toEqual([['AutoAttack (standard)', ['1 a']]]);
    expect(JSON.stringify(told([named('a', 40, { attacks: parts(3) })]))).not.toContain('AutoAttack');
  });

  it('groups by the hash of the images and by threat', () => {
    const { data } = named('a', 40);
    const other = named('b', 50, { data: { ...data, hash: 'cd'.repeat(32) } });
    const wider = named('c', 30, { threat: { norm: 'linf', eps: 0.2 } });
    expect(
      leaderboard([named('a', 40), other, wider]).groups.map(({ hash, threat }) => [hash?.slice(0, 2), threat.eps]),
    ).toEqual([
      ['ab', 0.1],
      ['cd', 0.1],
      ['ab', 0.2],
    ]);
  });

  it('refuses a rank to what is not to be trusted, and says why', () => {
    const grey = named('grey', 90, { threat: { norm: 'linf', eps: 0.5 }, warnings: [] });
    const [group] = leaderboard([grey], { doubts: { 0: ['its weights are others'] } }).groups;
    expect(group.tables[0].rows[0]).toMatchObject({ rank: null, robustAccuracy: 0.9 });
    expect(group.tables[0].rows[0].refused).toEqual([
      'its weights are others',
      expect.stringMatching(/^eps 0.5 lets every image become the same grey, .* \(eps-reaches-grey\)$/),
    ]);
  });
});

describe('published models', () => {
  it('are read with what they say and what they do not', () => {
    expect(publish()).toEqual({
      name: 'A <b>robust</b> model',
      authors: 'A. Author, B. Author',
      link: 'https://example.org/paper',
      venue: 'A venue 2024',
      architecture: 'WideResNet-28-10',
      dataset: 'cifar10',
      threat: { norm: 'linf', eps: 8 / 255 },
      additionalData: true,
      parameters: 36_479_194,
      cleanAccuracy: 0.885,
      autoAttackAccuracy: 0.6225,
      externalAccuracy: 0.6175,
      reported: 0.64,
      unreliable: false,
      footnote: 'See this.',
    });
    const bare = publish({ link: null, venue: null, external: null, number_of_parameters: null, footnote: null });
    expect(bare).toMatchObject({ link: null, venue: null, externalAccuracy: null, parameters: null, footnote: null });
    expect(publish({ link: 'javascript:alert(1)' }).link).toBeNull();
  });

  it.each<[object, string]>([
    [{ autoattack_acc: null }, 'clean_acc and autoattack_acc must be percentages'],
    [{ clean_acc: '885' }, 'clean_acc must be a percentage, got 885'],
    [{ eps: 'small' }, 'eps must be a radius such as 8/255, got small'],
    [{ eps: '8/0' }, 'eps must be a radius'],
    [{ venue: {} }, 'venue must be a string, a number, a boolean or null'],
  ])('are refused with %j', (changes, message) => {
    expect(() => publish(changes)).toThrow(`info.json: ${message}`);
  });

  it('are refused in a norm that no attack has, and where they are no such file', () => {
    expect(() => readPublished(JSON.stringify(info), 'info.json', 'corruptions')).toThrow(
      'info.json: its norm must be Linf, L2 or L1 (the name of its folder), got "corruptions"',
    );
    expect(() => readPublished('{}', 'info.json', 'Linf')).toThrow('is no model_info of RobustBench');
  });

  const threat = { norm: 'linf' as const, eps: 8 / 255 };
  const { hash } = named('a', 1).data;

  it('stand beside results on data of their name, in a table of their own, by the least that is known', () => {
    const published = [publish(), publish({ name: 'other', autoattack_acc: '62.00', external: null })];
    const own = named('ours', 50, { threat });
    own.run = { ...own.run, command: 'agoge evaluate --model a --data cifar10 --eps 8/255' };
    expect(told([own], { published, dataNames: { [hash]: 'cifar10' } })).toEqual([
      [
        'cifar10',
        [
          ['apgd (100 steps)', ['1 ours']],
          ['AutoAttack, as published', ['1 other', '2 A <b>robust</b> model']],
        ],
      ],
    ]);
  });

  it('stand in another group than results whose data nobody named theirs', () => {
    const own = commanded(named('ours', 50, { threat }), 'agoge evaluate --model a --data cifar10 --eps 8/255');
    expect(leaderboard([own], { published: [publish()] }).groups).toHaveLength(2);
  });

  it('never stand beside results on other images: a stand-in cannot be called what it stands for', () => {
    const own = commanded(named('ours', 50, { threat }), 'agoge evaluate --data cifar10-jpeg --eps 8/255');
    expect(() => leaderboard([own], { published: [publish()], dataNames: { [hash]: 'cifar10' } })).toThrow(
      'leaderboard: ours was measured on "cifar10-jpeg": these images cannot be called "cifar10"',
    );
  });

  it('that AutoAttack misjudges have no rank', () => {
    const [group] = leaderboard([], { published: [publish({ unreliable: true })] }).groups;
    expect(group.tables[0].rows[0]).toMatchObject({ rank: null, refused: [expect.stringContaining('unreliable')] });
  });
});

describe('written', () => {
  const hostile = `"><img src=x onerror='a()'> | [x](y)`;
  const grey = named(hostile, 90, { threat: { norm: 'linf', eps: 8 / 255 }, interval: [0.1, 0.2] });
  const board = leaderboard([named('ours', 50, { threat: { norm: 'linf', eps: 8 / 255 } }), grey], {
    published: [publish()],
    dataNames: { [named('a', 1).data.hash]: 'digits' },
  });

  it('as a page: rows under their protocol, marked where refused, nothing of a text as markup', () => {
    const { document } = parseHTML(leaderboardPage(board, { unread: [{ file: hostile, why: hostile }] }));
    const heads = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
    expect(heads).toEqual(['cifar10, linf eps 8/255', 'digits, linf eps 8/255', 'Files that could not be read']);
    const rows = [...document.querySelectorAll('#group-1 tbody tr')].map((row) =>
      [...row.children].map((each) => each.textContent?.trim()),
    );
    expect(rows[0]).toEqual(['Measured here: apgd (100 steps), 100 images (0 to 99)']);
    expect(rows[1].slice(0, 4)).toEqual(['1', 'ours', '99.0 %', '50.0 %40.4 % to 59.6 %']);
    expect(rows[2][0]).toBe('no rank');
    expect(rows[2][1]).toContain('the interval is not that of its records (figures)');
    expect(document.querySelector('#group-0 a')?.getAttribute('href')).toBe('https://example.org/paper');
    expect(document.querySelectorAll('[onerror]').length).toBe(0);
  });

  it('as Markdown: the same figures, a table for each protocol', () => {
    const lines = leaderboardMarkdown(board, 'Ours').split('\n');
    expect(lines[0]).toBe('# Ours');
    expect(lines).toContain('## digits, linf eps 8/255');
    expect(lines).toContain('**Measured here: apgd (100 steps), 100 images (0 to 99)**');
    expect(lines).toContain('| 1 | ours | 99.0 % | 50.0 % | 40.4 % to 59.6 % | – | – | – | – | – |');
    expect(lines.find((each) => each.includes('WideResNet'))).toBe(
      '| 1 | [A \\<b\\>robust\\</b\\> model](<https://example.org/paper>) | 88.5 % | 61.8 % | – | 61.8 % | yes | 36.5 M | WideResNet-28-10 | A venue 2024 |',
    );
    expect(lines.join('\n')).not.toMatch(/[^\\]<img/);
    expect(lines.filter((each) => each.includes('has no rank'))).toHaveLength(1);
  });
});
