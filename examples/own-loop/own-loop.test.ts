import { expect, it, vi } from 'vitest';

it('trains in a loop by hand to a robust model, by TRADES and by cross entropy', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
  const program = './own-loop.js';
  await import(program);
  const robust = ['byObjective', 'byHand'].map((name) =>
    Number(new RegExp(`${name}: (.*) % robust`).exec(lines.join('\n'))?.[1]),
  );
  for (const each of robust) expect(each).toBeGreaterThan(40);
}, 180_000);
