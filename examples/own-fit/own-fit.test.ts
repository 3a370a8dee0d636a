import { expect, it, vi } from 'vitest';

it('trains a stock model by model.fitDataset to withstand what it did not', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
  const program = './own-fit.js';
  await import(program);
  const [plain, adversarial] = ['as it was', 'adversarially'].map((name) => {
    const line = lines.find((each) => each.startsWith(name)) ?? '';
    return /clean (\d+\.\d) %, robust (\d+\.\d) %$/.exec(line)?.slice(1).map(Number) ?? [];
  });
  expect(plain[0]).toBeGreaterThan(85);
  expect(adversarial[0]).toBeGreaterThan(75);
  expect(adversarial[1]).toBeGreaterThan(plain[1] + 15);
}, 180_000);
