import type { Entry } from './entries';
import { type Html, html } from './html';

/** Names beside their colours. */
export function legend(entries: readonly { name: string; color: string; own?: string }[]): Html {
  return html`<ul class="legend">${entries.map(
    ({ name, color, own = '' }) =>
      html`<li class="${own}"><span class="swatch" style="background:${color}"></span>${name}</li>`,
  )}</ul>`;
}

/** How many models the style can hide one by one. */
const most = 16;

/** A box for each model: without a tick, what shows that model alone is hidden. By style, without script. */
export function modelToggles(entries: readonly Entry[]): Html {
  const models = entries.filter(({ own }, i) => entries.findIndex((each) => each.own === own) === i);
  if (models.length < 2 || models.length > most) return html``;
  return html`<fieldset class="toggles"><legend>Below, show</legend>${models.map(
    ({ result, color, own }) =>
      html`<label><input type="checkbox" id="show-${own}" checked><span class="swatch" style="background:${color}"></span>${result.model.name}</label>`,
  )}</fieldset>`;
}

/** The rules that {@link modelToggles} work by. */
export const toggleRules = Array.from(
  { length: most },
  (_, i) => `:root:has(#show-of-${i}:not(:checked)) .of-${i} { display: none; }`,
).join('\n');
