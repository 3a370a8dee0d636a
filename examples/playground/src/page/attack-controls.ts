import type { ImageShape } from '@agoge/core';
import { type AttackSettings, type Measure, menu, needsTitles, normTitles, radii } from './attack-menu';
import { byId, make, option } from './element';

/** The part of the form that sets the attack. */
export interface AttackControls {
  settings(): AttackSettings;
  /** The shape of the images that it is set for: radii are of their size. */
  fitTo(shape: ImageShape): void;
}

/** Fills the form from the menu and keeps its fields in step with the attack. */
export function attackControls(): AttackControls {
  const name = byId('attack-name', HTMLSelectElement);
  const norm = byId('attack-norm', HTMLSelectElement);
  const [eps, length] = ['attack-eps', 'attack-length'].map((id) => byId(id, HTMLInputElement));
  const [epsShown, lengthShown] = ['eps-shown', 'length-shown'].map((id) => byId(id, HTMLOutputElement));
  let shape: ImageShape = [8, 8, 1];

  for (const [needs, title] of Object.entries(needsTitles)) {
    const group = make('optgroup');
    group.label = title;
    const entries = Object.entries(menu).filter(([, entry]) => entry.needs === needs);
    group.append(...entries.map(([key, entry]) => option(key, entry.title)));
    name.append(group);
  }

  const show = () => {
    epsShown.value = String(Number(eps.value));
    lengthShown.value = length.value;
  };
  const setRadius = () => {
    const isSized = norm.value !== 'none';
    byId('eps-field', HTMLElement).hidden = !isSized;
    if (!isSized) return show();
    const { max, step, start } = radii(norm.value as Measure, shape);
    Object.assign(eps, { min: String(step), max: String(max), step: String(step), value: String(start) });
    show();
  };
  const setAttack = () => {
    const { norms, length: slider } = menu[name.value];
    const before = norm.value as Measure;
    norm.replaceChildren(...norms.map((each) => option(each, `${normTitles[each].name}: ${normTitles[each].means}`)));
    const kept = norms.includes(before);
    if (kept) norm.value = before;
    byId('norm-field', HTMLElement).hidden = norms.length === 1 && norms[0] === 'none';
    byId('length-field', HTMLElement).hidden = !slider;
    if (slider) {
      byId('length-label', HTMLElement).textContent = slider.label;
      const { from, to, start } = slider;
      Object.assign(length, { min: String(from), max: String(to), value: String(start) });
    }
    if (kept) show();
    else setRadius();
  };
  name.addEventListener('change', setAttack);
  norm.addEventListener('change', setRadius);
  eps.addEventListener('input', show);
  length.addEventListener('input', show);
  name.value = 'pgd';
  setAttack();

  return {
    settings: () => ({
      name: name.value,
      norm: norm.value as Measure,
      eps: Number(eps.value),
      length: Number(length.value),
    }),
    fitTo(next) {
      if (next.join() === shape.join()) return;
      shape = next;
      setRadius();
    },
  };
}
