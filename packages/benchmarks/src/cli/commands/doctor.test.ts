import { expect, it } from 'vitest';
import { agoge } from '../command.fixture';

const maxPool = ['doctor', '--backend', 'wasm', '--no-speed', '--kernel', 'MaxPoolGrad'];

it('exits with 1 on a stock backend with a fault, and with 0 on the same repaired', async () => {
  const stock = await agoge(...maxPool, '--no-repair', '--json');
  expect([stock.code, stock.stderr]).toEqual([1, '']);
  expect(JSON.parse(stock.stdout)).toMatchObject({ backend: 'wasm', repaired: false, conforming: 0, faulty: 1 });

  const repaired = await agoge(...maxPool);
  expect([repaired.code, repaired.stderr]).toEqual([0, '']);
  expect(repaired.stdout).toMatch(/\nMaxPoolGrad +conforms .*\n\n1 kernel conforms, 0 faulty, 0 missing \(.*\)\n$/);
});

it('refuses a kernel that it has no cases of', async () => {
  const { code, stdout, stderr } = await agoge('doctor', '--kernel', 'AvgPolGrad');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('unknown kernel "AvgPolGrad"; did you mean "AvgPoolGrad"?');
});
