import { expect, it } from 'vitest';
import { figure, markdown, megabytes, padded, percent } from './cells.mjs';

const rows = [
  ['row', 'ms'],
  ['forward', '12.3'],
  ['f', '1234'],
];

it('pads for a terminal and rules for Markdown', () => {
  expect(padded(rows)).toEqual(['row        ms', 'forward  12.3', 'f        1234']);
  expect(markdown(rows)).toEqual(['| row | ms |', '| --- | ---: |', '| forward | 12.3 |', '| f | 1234 |']);
});

it('writes three digits that matter', () => {
  expect([1234.5, 123.45, 12.345, 1.2345, 0.12345, 0.0001, 0].map(figure)).toEqual([
    '1235',
    '123',
    '12.3',
    '1.23',
    '0.123',
    '0.000',
    '0',
  ]);
  expect([figure(Number.NaN), figure(undefined), percent(Number.NaN), megabytes(undefined)]).toEqual([
    '–',
    '–',
    '–',
    '–',
  ]);
  expect([percent(0.0305), megabytes(1.5e9)]).toEqual(['3.0 %', '1500']);
});
