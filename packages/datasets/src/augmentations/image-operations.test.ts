import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Image } from '../pictures/image';
import { type ImageOperationName, imageOperations } from './image-operations';
import { magnitudeOf } from './magnitudes';
import { policies } from './policies';

interface Case {
  name: ImageOperationName;
  place: number;
  negative: boolean;
  magnitude: number;
  answer: string;
}
interface Golden {
  places: number;
  images: { height: number; width: number; channels: 1 | 3; image: string; cases: Case[] }[];
  policies: Record<string, [string, number, number | null][][]>;
}

/** Made by packages/benchmarks/peers/augmentation_figures.py with torchvision and Pillow. */
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../test/golden/image-operations.json', import.meta.url), 'utf8'),
);
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const names = Object.keys(imageOperations) as ImageOperationName[];

describe.each(golden.images)('Pillow, $height x $width x $channels', ({ image, cases, ...size }) => {
  const given: Image = { ...size, data: bytes(image) };

  it.each(names)('%s', (name) => {
    const some = cases.filter((each) => each.name === name);
    expect(some.length).toBeGreaterThan(0);
    for (const { place, negative, magnitude, answer } of some) {
      const ours = magnitudeOf(name, place / (golden.places - 1), negative, given);
      expect(ours).toBeCloseTo(magnitude, 4);
      expect({ ours, data: imageOperations[name](given, ours).data }).toEqual({ ours, data: bytes(answer) });
    }
    expect(given.data).toEqual(bytes(image));
  });
});

describe('policies', () => {
  it.each(['cifar10', 'imagenet', 'svhn'] as const)('%s is that of torchvision', (policy) => {
    const theirs = golden.policies[policy].map((pair) =>
      pair.map(([name, probability, magnitude]) => {
        return [`${name[0].toLowerCase()}${name.slice(1)}`, probability, ...(magnitude === null ? [] : [magnitude])];
      }),
    );
    expect(policies[policy]).toEqual(theirs);
    expect(theirs.length).toBe(25);
  });
});
