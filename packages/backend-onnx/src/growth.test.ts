import { expect, it } from 'vitest';
import { inChild } from '../test/in-child';
import type { attack, smallSteps } from '../test/long-program';

const full = process.env.AGOGE_TEST === 'full';
const steps = full ? 10_000 : 400;
const share = full ? '' : ' (10,000 with AGOGE_TEST=full)';

it.each([true, false])(
  `nothing grows over ${steps} small training steps, read: %s${share}`,
  async (reads) => {
    const [, early, late] = await inChild<Awaited<ReturnType<typeof smallSteps>>>('long-program.ts', 'smallSteps', {
      steps,
      reads,
    });
    if (full) console.log(`${steps} steps, read: ${reads}:`, early, late);
    expect(late.counts).toEqual(early.counts);
    expect(late.ofJavaScript).toBeLessThan(early.ofJavaScript + 5);
    // What V8 and the allocator keep for themselves comes and goes by some 90 MB.
    expect(late.megabytes).toBeLessThan(early.megabytes * 1.5);
  },
  600_000,
);

it(`PGD of ${full ? 200 : 20} steps needs the memory of PGD of 2${full ? '' : ' (200 with AGOGE_TEST=full)'}`, async () => {
  const run = (count: number) =>
    inChild<Awaited<ReturnType<typeof attack>>>('long-program.ts', 'attack', { steps: count });
  const [short, long] = [await run(2), await run(full ? 200 : 20)];
  if (full) console.log(short, long);
  expect(short.distance).toBeCloseTo(0.02, 5);
  expect(long.distance).toBeCloseTo(0.1, 5);
  // Processes of the same program differ by 20 MB.
  expect(long.peak).toBeLessThan(short.peak * 1.1 + 20);
}, 600_000);
