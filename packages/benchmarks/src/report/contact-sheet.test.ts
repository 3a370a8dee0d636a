import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type ContactSheet, sheetPng, sheetSvg } from './contact-sheet';

/** Images of 8 x 4 whose values are all different, as 255ths. */
function sheetOf(channels: number, counts: readonly number[]): ContactSheet {
  let next = 0;
  return {
    shape: [4, 8, channels],
    bounds: [0, 1],
    groups: counts.map((count, g) => ({
      caption: `class <${g}>`,
      images: Array.from({ length: count }, (_, i) => ({
        x: Float32Array.from({ length: 32 * channels }, () => (next++ % 256) / 255),
        title: `${g}/${i}`,
      })),
    })),
    description: 'Of "all"',
  };
}

const svgOf = (sheet: ContactSheet) => {
  const { document } = parseHTML(`<!doctype html><html><body>${sheetSvg(sheet).text}</body></html>`);
  return document.querySelector('svg') as Element;
};
const number = (element: Element, name: string) => Number(element.getAttribute(name));
const bytesOf = (uri: string | null) => Uint8Array.from(atob((uri ?? '').split(',')[1]), (each) => each.charCodeAt(0));

describe.each([1, 3])('a sheet of %i channels', (channels) => {
  const sheet = sheetOf(channels, [3, 1, 2]);
  const bytes = sheet.groups.map(({ images }) => images.map(({ x }) => [...x].map((value) => Math.round(value * 255))));

  it('decoded again has the right pixels: every one a square of 7, all else light grey', () => {
    const { width, height, data, channels: decoded } = decode(sheetPng(sheet));
    expect(decoded).toBe(channels);
    // Three images of 56 wide, two gaps between, one around; a row per group, for it is about as wide as high.
    expect([width, height]).toEqual([3 * 56 + 2 * 2 + 4, 3 * 28 + 2 * 2 + 4]);
    let shown = 0;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [g, i] = [Math.floor((row - 2) / 30), Math.floor((column - 2) / 58)];
        const [y, x] = [Math.floor(((row - 2) % 30) / 7), Math.floor(((column - 2) % 58) / 7)];
        const image = row >= 2 && column >= 2 && y < 4 && x < 8 ? bytes[g]?.[i] : undefined;
        const at = (row * width + column) * channels;
        const found = [...data.subarray(at, at + channels)];
        const from = (y * 8 + x) * channels;
        if (image) shown++;
        const right = image ? image.slice(from, from + channels) : new Array(channels).fill(224);
        if (found.join() !== right.join()) expect([row, column, found]).toEqual([row, column, right]);
      }
    }
    expect(shown).toBe(6 * 4 * 8 * 49);
  });

  it('as SVG holds every image by itself, with its title', () => {
    const images = [...svgOf(sheet).querySelectorAll('image')];
    expect(images.map((each) => each.querySelector('title')?.textContent)).toEqual(
      sheet.groups.flatMap(({ images: some }) => some.map(({ title }) => title)),
    );
    images.forEach((image, i) => {
      expect([...decode(bytesOf(image.getAttribute('href'))).data]).toEqual(bytes.flat()[i]);
      expect([number(image, 'width'), number(image, 'height')]).toEqual([56, 28]);
    });
  });
});

it('writes captions above their groups, what does not fit cut short, and escapes all words', () => {
  const svg = svgOf(sheetOf(1, [2, 2]));
  const captions = [...svg.querySelectorAll('text')];
  expect(captions.map((each) => each.textContent)).toEqual(['class <0>class <0>', 'class <1>class <1>']);
  const [first, , second] = svg.querySelectorAll('image');
  expect(number(first, 'y')).toBeGreaterThan(number(captions[0], 'y'));
  expect(number(second, 'y')).toBeGreaterThan(number(captions[1], 'y'));
  expect(number(captions[1], 'y')).toBeGreaterThan(number(first, 'y') + 28);
  expect(svg.getAttribute('aria-label')).toBe('Of "all"');

  const [long] = svgOf({
    ...sheetOf(1, [1]),
    groups: [{ ...sheetOf(1, [1]).groups[0], caption: 'sweet pepper' }],
  }).querySelectorAll('text');
  expect([long.firstChild?.textContent, long.querySelector('title')?.textContent]).toEqual([
    'sweet p…',
    'sweet pepper',
  ]);
});

it('sets many small groups side by side, about as wide as high', () => {
  const { width, height } = decode(sheetPng(sheetOf(1, new Array(100).fill(1))));
  expect(width / height).toBeGreaterThan(0.75);
  expect(width / height).toBeLessThan(1.35);
});

it('leaves images of many pixels as they are, and shows the first of two channels', () => {
  const x = Float32Array.from({ length: 100 * 100 * 2 }, (_, i) => (i % 2 ? 200 : 100));
  const sheet = {
    shape: [100, 100, 2],
    bounds: [0, 200],
    groups: [{ caption: '', images: [{ x, title: '' }] }],
  } as const;
  const { width, height, channels, data } = decode(sheetPng({ ...sheet, description: '' }));
  expect([width, height, channels]).toEqual([104, 104, 1]);
  expect(data[50 * 104 + 50]).toBe(128);
});
