import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stage } from './progress';

let now = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => vi.restoreAllMocks());

/** A stage without a terminal, and what it has written. */
function logged(title: string) {
  const written: string[] = [];
  const stderr = { write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { shown: stage(title, { stderr }), written };
}

describe('a stage without a terminal', () => {
  it('tells each tenth once, with the seconds left that it is given', () => {
    const { shown, written } = logged('training');
    for (const done of [0, 1, 11, 12, 35, 100]) shown.update({ done, total: 100, secondsLeft: 200 - 2 * done });
    shown.end('0.1');
    shown.end('again');
    expect(written).toEqual([
      'training: 10 %, 2 min 58 s left\n',
      'training: 30 %, 2 min 10 s left\n',
      'training: 0.1\n',
    ]);
  });

  it('tells the seconds left at the pace that it saw, where it is given none', () => {
    const { shown, written } = logged('4 parts');
    now = 1000;
    shown.update({ done: 2, total: 4 });
    now = 7000;
    shown.update({ done: 2, total: 4 });
    shown.update({ done: 3, total: 4 });
    shown.line('b: robust 0.5');
    now = 13000;
    shown.update({ done: 4, total: 4 });
    expect(written).toEqual(['4 parts: 70 %, 6 s left\n', '4 parts: b: robust 0.5\n']);
  });
});
