import { activations } from '@agoge/activations/registry';
import { attacks } from '@agoge/attacks/registry';
import type { Attack } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { activationMenu } from './activation-panel';
import { attackChoice, type Measure, menu, radii } from './attack-menu';

const makers = attacks as unknown as Readonly<Record<string, (options: object) => Attack>>;
const photo = [32, 32, 3] as const;

describe('the menu of attacks', () => {
  it('offers every attack of the registry, and no other', () => {
    expect(Object.keys(menu).sort()).toEqual(Object.keys(attacks).sort());
  });

  const cases = Object.entries(menu).flatMap(([name, { norms }]) => norms.map((norm) => [name, norm] as const));
  it.each(cases)('%s in %s is made as it is offered', (name, norm) => {
    const { needs, length } = menu[name];
    const { start: eps } = radii(norm, photo);
    for (const each of [length?.from ?? 0, length?.start ?? 0, length?.to ?? 0]) {
      const choice = attackChoice({ name, norm, eps, length: each }, [0, 255]);
      const made = makers[name](choice.options);
      expect([made.needs, made.norm]).toEqual([needs, norm]);
      if (length) expect(made.options[length.option]).toBe(each);
      if (norm === 'linf') expect(made.options.eps).toBeCloseTo(0.03 * 255, 10);
      if (norm === 'l0') expect(made.options.eps ?? made.options.pixels).toBe(eps);
    }
  });
});

describe('radii', () => {
  it.each<[Measure, number, number]>([
    ['linf', 0.2, 0.03],
    ['l2', 1, 7],
    ['l1', 4, 192],
    ['l0', 4, 4],
  ])('of %s begin at %d for digits, at %d for photos', (norm, digit, large) => {
    expect(radii(norm, [8, 8, 1]).start).toBe(digit);
    expect(radii(norm, photo).start).toBe(large);
    expect(radii(norm, photo).max).toBeGreaterThan(large);
  });
});

describe('the menu of activations', () => {
  it.each(Object.entries(activationMenu))('%s has the parameters that its sliders set', (name, { sliders }) => {
    const make = activations[name as keyof typeof activations] as (options: object) => { getConfig(): object };
    for (const end of ['from', 'start', 'to'] as const) {
      const parameters = Object.fromEntries(sliders.map((slider) => [slider.name, slider[end]]));
      expect(make(parameters).getConfig()).toBeDefined();
    }
  });
});
