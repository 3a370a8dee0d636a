import { explicit, type Window } from './float64/windows';

type RoundedWindow = Pick<Window, 'kernel' | 'strides' | 'pad' | 'rounding'> & {
  name: string;
  input: [number, number, number, number];
};

const broken: RoundedWindow[] = [
  // 1.5 by 2.5 windows; 2.75 by 3.5, the last of the first in the padding; 2.33 by 2.67, the last of the first outside.
  { name: '4x5 by 3x2, stride 2', input: [2, 4, 5, 3], kernel: [3, 2], strides: [2, 2], pad: explicit(0, 0, 0, 0) },
  {
    name: '7x6 by 2x3, strides 4 and 2',
    input: [1, 7, 6, 2],
    kernel: [2, 3],
    strides: [4, 2],
    pad: explicit(1, 1, 1, 1),
  },
  { name: '6x8 by 2x3, stride 3', input: [2, 6, 8, 3], kernel: [2, 3], strides: [3, 3], pad: explicit(0, 0, 0, 0) },
];

/** Windows whose number is no whole one, by each `dimRoundingMode` that does not cut it off. */
export const roundedWindows: readonly RoundedWindow[] = (['round', 'ceil'] as const).flatMap((rounding) =>
  broken.map((each) => ({ ...each, name: `${rounding}: ${each.name}`, rounding })),
);
